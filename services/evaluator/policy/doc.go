// Package policy is the language of policy files: what people may write, what
// is wrong with it in words and with its place, and what it means.
//
//	policies:
//	  - name: checkout-slow
//	    severity: critical
//	    by: [service]
//	    when: {metric: latency.p99, above: 800, until: 600, for: 5m}
//	    recover: {after: 2m}
//	    channels: ["#ops"]
//
// [Parse] reads a file and lists every problem, not only the first; a policy
// with a problem is left out and the others count. [Schema] returns the JSON
// Schema of the same language for editors, made from the same tables.
//
// # What a policy means
//
// A condition tests the series of its metric whose labels pass the scope. A
// series is in the group that its values of the `by` labels make, always
// together with its team. Without `by` a group is one full label set, and
// conditions on several metrics meet where these have equal labels; `by: []`
// makes one group of everything. Over a group, a condition holds if it holds on
// at least one series for as long as `for` says: without interruption, on that
// series.
//
// `when` combines conditions. When it holds, the group has an incident; when
// it has not held for `recover.after`, the incident is over. Between a
// threshold and its `until` what was stays.
//
// # Conditions
//
// Beside above, below, outside, inside, equals and changed, each perhaps with
// another metric of the same resource in the number's place:
//
//	{metric: retries, above: 3, or_equal: true}                     # three or more
//	{metric: queue, rate: {above: 5, over: 10m, per: minute}}       # grows by more than 5 a minute
//	{metric: latency, jump: {percent: 50, within: 5m}}              # up or down by half, suddenly
//	{metric: orders, below: {of: 1d ago, by: 30%}}                  # a third less than yesterday
//	{metric: cpu, above: 80, datapoints: {hold: 3, of: 5}}          # three of the last five samples
//	{metric: cpu, above: 80, datapoints: {hold: 3, of: 5, every: 1m, missing: notBreaching}}
//	{metric: backup.done, absent: 26h}                              # nothing has come for so long
//	{metric: heartbeat, expires: 5m}                                # the newest is older than that
//
// A rate is (value − value then) / time, with the sample that is nearest to
// `over` ago. A jump compares with the lowest and the highest value within the
// time, and ends when the old level is no longer within it. `of: 1d ago` is the
// mean of a sixtieth of that time; by is a share of it (30%) or a number in the
// series' unit. In all of them what the value is compared with is shown as the
// threshold, and what was measured as {{ note }}.
//
// What other systems say has happened, in events from outside (see the collector's
// page), with the labels that they carry and `source` among them:
//
//	{event: deploy.failed, lasts: 30m}                              # holds that long after the last one
//	{event: "deploy.*", level: ">=error", matches: "timed? out"}    # 10m, if nothing is said
//	{event: backup.started, until: backup.finished, for: 4h}        # begun four hours ago, and no end
//
// A condition on events meets one on a metric in a group by labels that both have:
// say `by`. The newest event's words are {{ note }}, its level is {{ value }}.
//
// What a series does by itself is learned, by its hours, days and weeks in the zone:
//
//	{metric: requests, above: baseline}                              # out of the band that it learned
//	{metric: requests, outside: baseline, tolerance: 3 sigma, zone: Europe/Berlin} # or 20%, or 50
//	{metric: cpu, above: baseline, given: requests.rate}             # more than the requests explain
//	{metric: latency, anomaly: critical}                             # warning, one in 7 days
//	{metric: disk.used_percent, forecast: {reaches: 100, within: 24h, confidence: 80%, until: 48h}}
//
// `given` names up to eight metrics of the same resource that may explain one: it is
// compared with what they let expect, as learned since the policy came, in place of
// its own hours and days. It is best beside a baseline of its own:
//
//	all: [{metric: cpu, above: baseline, for: 15m}, {metric: cpu, above: baseline, given: requests.rate, for: 15m}]
//
// What these cannot say an expression can, in the language of expr-lang.org, of
// the sample (value, previous, labels, time in seconds since 1970), of its past (mean,
// total, lowest, highest, ago, changes and rate of a time, rate in a second) and of
// other metrics of the same resource, of whose past a second text makes the same:
//
//	{metric: errors, expr: 'rate("5m") / rate("5m", "requests") > 0.05'}
//	{metric: cpu, expr: 'value > 80 && mean("10m") > 70 && metric("requests.rate") < 100 && labels.env == "prod"'}
//
// It is checked when it is read, and bounded: no loops, no clock. Where something
// that it asks for is not known, what was stays.
//
// Until enough is known (a day and a quarter; two for a forecast; six hours and
// 200 samples for given) these say that they are learning, and do not hold. An anomaly holds from the sample that is as
// rare as that until three in a row are within the band; a forecast is made anew
// each hour, holds when the number is reached within the time, and recovers when
// that is further than `until`, a quarter more if it is not given.
//
// Datapoints without `every` are the samples. With it a datapoint is a time of
// that length, judged by its newest sample, and `missing` says what one without
// any counts as: missing, ignore, breaching or notBreaching, as CloudWatch
// treats them; a late sample lands in its own. absent and expires end with the
// next sample; a series that never came is neither.
//
// Over a group a condition may want more than one series, of those in the group:
//
//	{metric: cpu, above: 90, for: 5m, count: {above: 3}}   # on four or more
//	{metric: cpu, above: 90, for: 5m, share: {above: 20%}} # of those that send
//
// no_data says what silence means, after `no_data_after` or else five of the
// series' intervals, and 5 minutes at least: keep (nothing: neither opens nor
// recovers), alert (when all of a condition's series in the group are silent
// that is an incident), ok (a silent series does not hold).
//
// `ask` asks the owner of what an incident is about, before anybody else, and
// says what is done when nobody acts in time:
//
//	actions: [restart, {run: collect-garbage, automatic: true, after: 2m, times: 1, when_silenced: false}]
//
// An automatic action runs by itself that long after the incident opened, if the
// action's own file allows parley; when it may not (frozen, silenced, somebody is
// on it, out of its bounds, or it stopped helping) people are asked instead. In a
// storm that is folded into one message nothing runs by itself.
//
//	ask: {owner: owner, question: "is {{ labels.name }} still needed?", within: 24h, otherwise: keep}
//
// owner is a label's name or a text; otherwise is keep (nothing is done) or an
// action, whose `allow` has to name parley.
//
// A summary and a question name values of the main condition, the first that
// holds ({{ value }}, {{ threshold }} …), labels ({{ labels.service }}) and the
// newest value of any metric of the same resource ({{ values.requests.rate }}), at
// the end of an incident the worst that its conditions came to;
// {{ labels.owner or nobody }} says what stands there when there is none.
//
// A bare number is in the series' own unit. One with a unit is converted to
// it; where the series' unit is unknown times are in milliseconds, sizes in
// bytes and shares in percent.
//
// Everything here is pure and safe for any number of goroutines; a [Policy] is
// never changed after it was made.
package policy
