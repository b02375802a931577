package chart

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// noon is the end of most samples.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// wave returns n points that end at a time, with seeded noise.
func wave(end time.Time, n int, step time.Duration, seed uint64, f func(i int) float64, noise float64) []series.Point {
	r := rand.New(rand.NewPCG(seed, 7))
	points := make([]series.Point, n)
	for i := range points {
		v := f(i) + noise*r.NormFloat64()
		points[i] = series.Point{At: end.Add(-time.Duration(n-1-i) * step), Value: v}
	}
	return points
}

// cpu is six hours at one minute with a breach: the picture of the benchmarks.
func cpu() []series.Point {
	return wave(noon, 360, time.Minute, 1, func(i int) float64 {
		v := 55 - 12*math.Cos(float64(i)/75)
		if i > 290 && i < 346 {
			v = 88 + 4*math.Sin(float64(i)/9)
		} else if i >= 346 {
			v = 42
		}
		return v
	}, 2.6)
}

func breachSample() Spec {
	return Spec{
		Title: "CPU · web-1 (i-0abc123)", Subtitle: "critical: above 80 % for 56 min, now 42 %", Unit: "%",
		From: noon.Add(-6 * time.Hour), To: noon,
		Series:     []Series{{Name: "web-1", Points: cpu()}},
		Thresholds: []Threshold{{Value: 80}},
		Breaches:   []Span{{From: noon.Add(-69 * time.Minute), To: noon.Add(-13 * time.Minute)}},
		Tone:       ToneCritical,
	}
}

func verifySample(after float64, tone Tone) Spec {
	at := noon.Add(-11 * time.Minute)
	heap := wave(noon, 180, 10*time.Second, 5, func(i int) float64 {
		v := 61 + 0.36*float64(min(i, 114)) - 7*math.Mod(float64(i), 23)/23
		if i > 114 {
			v = after - 3*math.Mod(float64(i), 23)/23 + 0.03*float64(i-114)
		}
		return v
	}, 0.5)
	return Spec{
		Kind: KindVerify, Title: "Heap used · checkout-2", Subtitle: "Recovered in 40 s after Collect garbage", Unit: "%",
		From: noon.Add(-30 * time.Minute), To: noon, Tone: tone,
		Series: []Series{{Points: heap}}, Thresholds: []Threshold{{Value: 90}},
		Marks: []Mark{{At: at, Label: "Collect garbage"}},
	}
}

func several(n int) []Series {
	var all []Series
	for s := range n {
		all = append(all, Series{Name: fmt.Sprintf("checkout-%d", s+1), Points: wave(noon, 120, time.Minute, uint64(s), func(i int) float64 {
			v := 220 + 40*float64(s%5) + 30*math.Sin(float64(i+20*s)/14)
			if s == 0 && i > 95 {
				v += 38 * float64(i-95)
			}
			return v
		}, 12)})
	}
	return all
}

// samples are the pictures that are kept in testdata and compared.
func samples() map[string]Spec {
	at := func(d time.Duration) time.Time { return noon.Add(-d) }
	light := func(s Spec) Spec { s.Theme = Light; return s }
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}

	band := breachSample()
	band.Title, band.Subtitle = "Requests · shop", "62 % below what is usual on a Sunday at this time"
	band.Unit = "req/s"
	band.Thresholds, band.Breaches = nil, []Span{{From: at(69 * time.Minute)}}
	usual := func(i int) float64 { return 1300 - 420*math.Cos(float64(i)/75) }
	band.Bands = []Band{{Name: "expected",
		Lower:  wave(noon, 360, time.Minute, 2, func(i int) float64 { return 0.85 * usual(i) }, 0),
		Middle: wave(noon, 360, time.Minute, 2, usual, 0),
		Upper:  wave(noon, 360, time.Minute, 2, func(i int) float64 { return 1.15 * usual(i) }, 0)}}
	band.Series[0].Points = wave(noon, 360, time.Minute, 3, func(i int) float64 {
		if i > 290 {
			return usual(i) * 0.42
		}
		return usual(i)
	}, 42)

	explained := band
	explained.Title, explained.Subtitle = "CPU · shop", "84 %, 41 % expected given requests.rate"
	explained.Unit = "%"
	day := func(i int) float64 { return 40 - 14*math.Cos(float64(i)/75) }
	explained.Bands = []Band{
		{Name: "usual",
			Lower:  wave(noon, 360, time.Minute, 2, func(i int) float64 { return 0.8 * day(i) }, 0),
			Middle: wave(noon, 360, time.Minute, 2, day, 0),
			Upper:  wave(noon, 360, time.Minute, 2, func(i int) float64 { return 1.2 * day(i) }, 0)},
		{Name: "given requests.rate",
			Lower:  wave(noon, 360, time.Minute, 2, func(i int) float64 { return 1.25*day(i) - 3 }, 0.4),
			Middle: wave(noon, 360, time.Minute, 2, func(i int) float64 { return 1.25 * day(i) }, 0.4),
			Upper:  wave(noon, 360, time.Minute, 2, func(i int) float64 { return 1.25*day(i) + 3 }, 0.4)}}
	explained.Series = []Series{{Points: wave(noon, 360, time.Minute, 3, func(i int) float64 {
		if i > 290 {
			return 84
		}
		return 1.25 * day(i)
	}, 1)}}

	now := Spec{
		Title: "p99 latency · checkout", Subtitle: "Above 800 ms for 12 min, was 240 ms", Unit: "ms", Tone: ToneCritical,
		From: at(2 * time.Hour), To: noon, Series: several(5), Thresholds: []Threshold{{Value: 800}}, Breaches: []Span{{From: at(9 * time.Minute)}},
	}
	many := now
	many.Series, many.Title = several(15), "p99 latency · all of checkout, by instance, in production"

	gaps := breachSample()
	gaps.Subtitle, gaps.Breaches, gaps.Tone = "Nothing heard for 40 min", nil, ToneWarning
	gaps.Series = []Series{{Points: cpu()[:320]}}
	gaps.Series[0].Points[100].Value = math.NaN()
	gaps.Series[0].Points = append(gaps.Series[0].Points[:150:150], gaps.Series[0].Points[200:]...)

	disk := Spec{
		Title: "Disk free · db-1 /var/lib/postgresql", Subtitle: "Below 20 GiB for 3 h 10 min, now 11.4 GiB", Unit: "bytes", Tone: ToneCritical,
		From: at(72 * time.Hour), To: noon, Location: berlin,
		Series: []Series{{Points: wave(noon, 864, 5*time.Minute, 9, func(i int) float64 {
			return (96 - 0.098*float64(i) + 3*math.Sin(float64(i)/46)) * (1 << 30)
		}, 2e8)}},
		Thresholds: []Threshold{{Value: 40 << 30, Below: true, Tone: ToneWarning}, {Value: 20 << 30, Below: true}},
		Breaches:   []Span{{From: at(190 * time.Minute)}},
	}
	busy := breachSample()
	busy.Marks = []Mark{{At: at(150 * time.Minute), Label: "Deploy 2.14"}, {At: at(60 * time.Minute), Label: "Restart checkout"}, {At: at(50 * time.Minute), Label: "Scale to 4"}, {At: at(13 * time.Minute), Label: "Scale to 6"}}

	small := breachSample()
	small.Width, small.Height = 600, 300
	big := breachSample()
	big.Width, big.Height = 2400, 1000

	huge := breachSample()
	huge.Unit, huge.Thresholds = "count", []Threshold{{Value: -4e17}}
	huge.Title, huge.Subtitle = "Very large numbers", "From −1e18 to 1e18, some of them NaN and infinite"
	for i := range huge.Series[0].Points {
		v := 1e18 * math.Sin(float64(i)/30)
		switch i {
		case 20, 21, 22:
			v = math.NaN()
		case 120:
			v = math.Inf(1)
		}
		huge.Series[0].Points[i].Value = v
	}
	odd := breachSample()
	odd.Title = "<script>alert(1)</script> \x00\x1b[31m\u202Eevil\u202C \xff\xfe " + strings.Repeat("very long title ", 20)
	odd.Subtitle = "Größe, ёлка, ελληνικά, 日本語 🙂\n" + strings.Repeat("and a long explanation ", 10)
	odd.Unit = "quintillions of elephants"
	odd.Thresholds[0].Label = "limit of the contract with a long name that says more than anyone reads"

	flat := breachSample()
	flat.Subtitle, flat.Breaches, flat.Tone = "steady", nil, ToneGood
	flat.Series = []Series{{Points: wave(noon, 360, time.Minute, 1, func(int) float64 { return 42 }, 0)}}
	one := flat
	one.Subtitle, one.Series = "a single sample", []Series{{Points: cpu()[300:301]}}
	none := flat
	none.Subtitle, none.Series = "not a single sample", nil

	dense := breachSample()
	dense.Title, dense.Subtitle, dense.Breaches = "CPU · every second for a day", "86,400 samples", nil
	dense.From = at(24 * time.Hour)
	dense.Series = []Series{{Points: wave(noon, 86400, time.Second, 4, func(i int) float64 { return 40 + 20*math.Sin(float64(i)/9000) }, 4)}}

	warn := breachSample()
	warn.Tone = ToneWarning
	warn.Series[0].Points = warn.Series[0].Points[:340]
	warn.To = at(20 * time.Minute)
	warn.Subtitle, warn.Breaches = "warning: above 80 % for 50 min", []Span{{From: at(69 * time.Minute)}}

	panels := now
	panels.Series, panels.Subtitle = several(1), "Above 800 ms for 9 min, was 226 ms, while requests are above 500/s"
	panels.Marks = []Mark{{At: at(25 * time.Minute), Label: "Deploy 2.14"}}
	panels.More = []Panel{
		{Title: "requests.rate", Unit: "/s", Thresholds: []Threshold{{Value: 500}}, Breaches: panels.Breaches,
			Series: []Series{{Points: wave(noon, 120, time.Minute, 8, func(i int) float64 { return 420 + 1.6*float64(i) }, 15)}}},
		{Title: "queue.depth", Unit: "count", Thresholds: []Threshold{{Value: 12000, Neutral: true}},
			Series: []Series{{Points: wave(noon, 120, time.Minute, 9, func(i int) float64 { return 8000 + 60*float64(max(i-80, 0)) }, 300)}}},
	}

	worse := verifySample(112, ToneCritical)
	worse.Subtitle = "Worse after Collect garbage"
	stopped := Spec{Kind: KindVerify, Title: "aws.ec2.cpu_utilization · batch-report", Subtitle: "Stopped: no cpu utilization samples for 12 min; saves about $312 a month at list price", Unit: "%",
		From: at(72 * time.Minute), To: noon, Tone: ToneGood, Stopped: true, Compare: &Comparison{At: at(12 * time.Minute), Before: math.NaN(), After: math.NaN()},
		Series: []Series{{Points: wave(at(14*time.Minute), 12, 5*time.Minute, 11, func(int) float64 { return 2.1 }, 0.4)}},
		Marks:  []Mark{{At: at(12 * time.Minute), Label: "Stop now"}}}
	life := func(ago, lasted time.Duration, tone Tone) Life {
		return Life{From: at(ago), To: at(ago - lasted), Tone: tone}
	}
	const hour = time.Hour
	lives := Spec{Kind: KindLives, Title: "What the changed policies would do", Subtitle: "24 incidents would be 9: 18 vanish, 3 appear", From: at(72 * hour), To: noon, Lanes: []Lane{
		{Name: "cpu-high", Note: "18 to 3"}, {Name: "checkout-slow", Note: "5", Lives: []Life{life(60*hour, 4*hour, ToneNone), life(58*hour, 5*hour, ToneNone), life(30*hour, time.Minute, ToneNone), {From: at(hour), Tone: ToneNone}}},
		{Name: "a-policy-with-a-name-that-is-much-too-long-for-the-picture", Note: "1", Lives: []Life{life(20*hour, 6*hour, ToneNone), life(14*hour, 2*hour, ToneGood), life(22*hour, 2*hour, ToneCritical)}},
		{Name: "disk-full", Note: "0"}}}
	for i := range 18 {
		lives.Lanes[0].Lives = append(lives.Lanes[0].Lives, life(70*hour-time.Duration(i)*4*hour+time.Duration(i%3)*hour, 90*time.Minute, []Tone{ToneGood, ToneGood, ToneNone}[i%3]))
	}
	alone := Spec{Kind: KindLives, Title: "Policy cpu-high", Subtitle: "would have opened 2 incidents", From: at(6 * hour), To: noon,
		Lanes: []Lane{{Name: "host=web-1", Note: "1", Lives: []Life{life(3*hour, hour, ToneInfo)}}, {Name: "host=web-2", Note: "1", Lives: []Life{{From: at(20 * time.Minute), Tone: ToneInfo}}}}}
	return map[string]Spec{
		"lives": lives, "lives-light": light(lives), "lives-alone": alone, "lives-none": {Kind: KindLives, Title: "Policy cpu-high", Subtitle: "would have opened nothing", From: at(hour), To: noon},
		"verify-stopped": stopped, "verify-stopped-light": light(stopped),
		"breach": breachSample(), "breach-light": light(breachSample()), "breach-lasting": warn,
		"verify": verifySample(34, ToneGood), "verify-light": light(verifySample(34, ToneGood)), "verify-worse": worse,
		"several": now, "several-light": light(now), "many": many, "band": band, "band-light": light(band), "band-given": explained,
		"gaps": gaps, "below": disk, "marks": busy, "small": small, "big": big, "huge": huge, "odd-text": odd,
		"panels": panels, "panels-light": light(panels), "flat": flat, "one-point": one, "no-data": none, "dense": dense,
	}
}
