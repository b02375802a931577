package world

import "time"

// The instance that everybody is shown: nobody has used it for nine days.
const BatchReport = "i-0ba7c4e9d1f2a3b40"

// ago is so many days before the stories' start.
func (w *World) ago(days float64) time.Time {
	return time.Unix(w.start-int64(days*day), 0).UTC()
}

// host adds an instance that runs since so many days, with its volume.
func (p *place) host(w *World, name, kind string, days float64, extra string, doing func(*World, *Instance) work, more ...func(*Instance)) *Instance {
	i := &Instance{ID: p.id("i", name), Name: name, Type: kind, Tags: tags(name, extra), Created: w.ago(days), Launched: w.ago(days)}
	for _, f := range more {
		f(i)
	}
	i.life = born(i.Created.Unix(), "running", true)
	if i.Group != "" {
		i.Tags["aws:autoscaling:groupName"] = i.Group
	}
	p.add(w, i, doing)
	if i.Root == "ebs" {
		p.volume(w, name+"-root", i, "gp3", 30, i.Created, "")
	}
	return i
}

func detailed(i *Instance) { i.Detailed = true }

func member(group string) func(*Instance) {
	return func(i *Instance) { i.Group, i.Detailed = group, true }
}

// shop is the account of a web shop, in Ireland.
func (w *World) shop(p *place) {
	prod := "env=prod owner=operator service="
	web := p.addGroup(w, &Group{Name: "web", Min: 2, Max: 8, Desired: 4, Type: "m5.large", Image: "ami-0c1c30571d2dae5c9", Created: w.ago(400), Tags: tags("", "env=prod owner=operator service=web parley:actions=allowed")})
	for n, name := range []string{"web-1", "web-2", "web-3", "web-4"} {
		doing := serving(58)
		if n == 3 {
			doing = quiet // nothing is routed to it: but its group would replace it
		}
		p.host(w, name, "m5.large", 60, prod+"web", doing, member("web"))
	}
	allowed := " parley:actions=allowed"
	for _, name := range []string{"api-1", "api-2", "api-3"} {
		p.host(w, name, "c5.xlarge", 120, prod+"api"+allowed, func(w *World, i *Instance) work {
			k := serving(71)(w, i)
			k.fails = name == "api-3"
			return k
		}, detailed)
	}
	for _, name := range []string{"search-1", "search-2"} {
		p.host(w, name, "r5.xlarge", 200, prod+"search"+allowed, func(w *World, i *Instance) work {
			k := serving(44)(w, i)
			k.fills = name == "search-2"
			return k
		}, detailed)
	}
	p.host(w, "batch-report", "m5.2xlarge", 210, "owner=operator env=staging parley:actions=allowed", batch(w.start-9*day),
		detailed, func(i *Instance) { i.ID = BatchReport })
	p.host(w, "legacy-cron", "t3.large", 700, "owner=operator env=prod parley:actions=allowed parley:protected=true", quiet)
	p.host(w, "cache-warm", "c3.xlarge", 300, "owner=operator env=staging parley:actions=allowed", quiet, func(i *Instance) { i.Root = "instance-store" })
	bastion := p.host(w, "bastion", "t3.micro", 400, "owner=operator env=prod", func(*World, *Instance) work {
		return work{busy: steady(0.4), cpu: [2]float64{1.1, 2.6}, bytes: [2]float64{2.5e3, 5e3}, packets: 45, disk: [2]float64{0, 0.2}}
	}, func(i *Instance) { i.Elastic, i.PublicIP = true, "52.16.10.7" })
	for _, name := range []string{"dev-1", "dev-2", "dev-3"} {
		top := 22.0
		if name == "dev-2" {
			top = 62 // and runs out of CPU credits in the afternoon
		}
		i := p.host(w, name, "t3.medium", 45, "owner=viewer env=dev parley:actions=allowed", working(top))
		i.Tags["parley:offhours"] = "off=(M-F,19);on=(M-F,7);tz=Europe/Berlin"
	}
	p.host(w, "warehouse", "r5.4xlarge", 330, prod+"warehouse"+allowed, func(w *World, _ *Instance) work {
		return work{busy: w.traffic, cpu: [2]float64{6.5, 9.5}, bytes: [2]float64{2e5, 4e6}, packets: 90, disk: [2]float64{20, 300}, memory: [2]float64{12, 17}}
	}, detailed)
	p.host(w, "etl-1", "m5.xlarge", 150, prod+"etl"+allowed, batch(0))
	for _, name := range []string{"worker-1", "worker-2"} {
		p.host(w, name, "c5.large", 90, prod+"worker"+allowed, serving(77))
	}
	p.host(w, "staging-api", "t3.small", 80, "env=staging owner=operator service=api parley:actions=allowed", working(30))
	p.host(w, "ci-runner", "c5.2xlarge", 33, "env=dev owner=operator service=ci", working(91))
	p.host(w, "monitoring", "t3.large", 500, "env=prod owner=operator service=monitoring", func(*World, *Instance) work {
		return work{busy: steady(0.5), cpu: [2]float64{20, 30}, bytes: [2]float64{2e4, 9e4}, packets: 30, disk: [2]float64{5, 60}, memory: [2]float64{60, 68}}
	})
	p.host(w, "spot-render", "c5.large", 6, "env=dev owner=viewer service=render", serving(90), func(i *Instance) { i.Spot = true })
	p.volume(w, "search-2-index", p.byID[p.id("i", "search-2")], "gp2", 300, w.ago(200), "env=prod owner=operator service=search")
	old := p.host(w, "old-import", "m5.large", 300, "env=staging owner=operator", quiet)
	old.life.enter(Moment{w.ago(40).UnixMilli(), "stopped", false})
	p.volume(w, "old-import-data", old, "gp3", 500, w.ago(300), "env=staging owner=operator")

	p.addresses = append(p.addresses,
		&Address{ID: p.id("eipalloc", "bastion"), IP: bastion.PublicIP, Instance: bastion.ID, Tags: tags("bastion", "")},
		&Address{ID: p.id("eipalloc", "spare"), IP: "52.16.10.8", Tags: tags("spare", "owner=operator")})
	p.volume(w, "restore-test", nil, "gp2", 400, w.ago(75), "owner=operator env=staging")
	p.volume(w, "scratch", nil, "gp3", 100, w.ago(20), "owner=viewer env=dev")
	p.nat(w, "nat-main", 6e5, w.ago(400), "env=prod owner=operator")
	p.nat(w, "nat-old", 0, w.ago(300), "env=staging owner=operator")
	w.shopServices(p, web)
	w.shopData(p)
}

// shopServices are what answers and what works for the shop.
func (w *World) shopServices(p *place, web *Group) {
	to := &TargetGroup{Name: "web", Protocol: "HTTP", Port: 80, Group: web.Name, Tags: tags("", "env=prod")}
	web.TargetGroups = []string{to.ARN(p.Key)}
	api := &TargetGroup{Name: "api", Protocol: "HTTP", Port: 8080, Tags: tags("", "env=prod"),
		Targets: []string{p.id("i", "api-1"), p.id("i", "api-2"), p.id("i", "api-3")}}
	p.addBalancer(w, &Balancer{Name: "shop", Kind: "application", Created: w.ago(400), Tags: tags("", "env=prod owner=operator service=web")}, 2400, true, to, api)
	p.addBalancer(w, &Balancer{Name: "old-campaign", Kind: "application", Created: w.ago(260), Tags: tags("", "env=prod owner=operator")}, 0, false,
		&TargetGroup{Name: "old-campaign", Protocol: "HTTP", Port: 80, Tags: tags("", "env=prod")})
	p.addBalancer(w, &Balancer{Name: "search", Kind: "network", Created: w.ago(200), Tags: tags("", "env=prod owner=operator service=search")}, 300, false,
		&TargetGroup{Name: "search", Protocol: "TCP", Port: 9200, Targets: []string{p.id("i", "search-1"), p.id("i", "search-2")}, Tags: tags("", "env=prod")})
	p.addBalancer(w, &Balancer{Name: "legacy", Kind: "classic", Created: w.ago(700), Instances: []string{p.id("i", "worker-1"), p.id("i", "worker-2")},
		Tags: tags("", "env=prod owner=operator")}, 120, false)

	fn := func(name, runtime string, timeout time.Duration, peak float64, errs bool, extra string, more ...func(*Function)) {
		f := &Function{Name: name, Runtime: runtime, MemoryMiB: 512, Timeout: timeout, Created: w.ago(250), Tags: tags("", "env=prod owner=operator "+extra)}
		for _, m := range more {
			m(f)
		}
		p.addFunction(w, f, peak, errs)
	}
	fn("parley-thumbnails", "nodejs22.x", 30*time.Second, 40, true, "service=thumbnails")
	fn("parley-drain-orders", "provided.al2023", time.Minute, 0, false, "service=orders", func(f *Function) { f.drains = "orders" })
	fn("parley-always-fails", "python3.13", 3*time.Second, 0, false, "service=test", func(f *Function) { f.Fails = true })
	fn("checkout-mail", "nodejs22.x", 15*time.Second, 12, false, "service=checkout")

	p.addService(w, &Service{Cluster: "shop", Name: "checkout", Desired: 3, Created: w.ago(180),
		Tags: tags("", "env=prod owner=operator service=checkout parley:actions=allowed")}, 18, 66)
	p.addService(w, &Service{Cluster: "shop", Name: "recommend", Desired: 2, Created: w.ago(100),
		Tags: tags("", "env=prod owner=operator service=recommend")}, 10, 35)
}

// shopData is what the shop keeps.
func (w *World) shopData(p *place) {
	p.addDatabase(w, &Database{ID: "orders", Class: "db.m5.xlarge", Engine: "postgres", Version: "17.4", MultiAZ: true, GiB: 200, Created: w.ago(400),
		Tags: tags("", "env=prod owner=operator service=orders parley:actions=allowed")}, w.traffic, 140, true)
	idle := until(w.start-12*day, shape(office).times(0.3), steady(0))
	p.addDatabase(w, &Database{ID: "reports-old", Class: "db.r5.large", Engine: "mysql", Version: "8.4.4", GiB: 100, Created: w.ago(600),
		Tags: tags("", "env=staging owner=operator parley:actions=allowed")}, idle, 30, false)
	p.addDatabase(w, &Database{ID: "catalog-1", Class: "db.r5.large", Engine: "aurora-postgresql", Version: "16.6", Cluster: "catalog", GiB: 1, Created: w.ago(220),
		Tags: tags("", "env=prod owner=operator service=catalog")}, w.traffic, 60, false)
	p.clusters = append(p.clusters, &DatabaseCluster{ID: "catalog", Engine: "aurora-postgresql", Version: "16.6", Members: []string{"catalog-1"},
		Created: w.ago(220), Tags: tags("", "env=prod owner=operator service=catalog")})
	p.addCache(w, &Cache{ID: "sessions-001", Node: "cache.r7g.large", Engine: "redis", Version: "7.1", Created: w.ago(220), Tags: tags("", "env=prod owner=operator service=sessions")})
	p.queue(w, "orders", 180, true)
	p.queue(w, "orders-dlq", 0, false)
	p.queue(w, "parley-events", 0.02, false)
	p.table(w, "carts", 900)
	p.bucket(w, "shop-images", 820e9, 4.1e6)
	p.api(w, "shop-api", 700)
	p.fileSystem(w, "uploads")
	p.stateMachine(w, "fulfil-order")
	p.searchDomain(w, "logs")
	p.topic("parley-alarms")
	p.rule("nightly-report")
	p.stream(w, "clicks", 20e3)
}
