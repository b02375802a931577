package elasticache

import (
	"context"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{
	Scope: "elasticache", IAM: "elasticache", Version: "2015-02-02", XMLNS: "http://elasticache.amazonaws.com/doc/2015-02-02/",
}

// Register adds the operation to mux.
func Register(mux *wire.Mux, w *world.World) {
	mux.Handle(service, "DescribeCacheClusters", func(_ context.Context, r *wire.Request) (wire.Answer, error) {
		if err := w.Authorize(r, "", nil); err != nil {
			return nil, err
		}
		return describe(r, w, world.Key{Account: r.Caller.Account, Region: r.Region})
	})
}

func describe(r *wire.Request, w *world.World, k world.Key) (wire.Answer, error) {
	id, list := r.Text("CacheClusterId"), wire.List{}
	for _, c := range w.Caches(k) {
		if id != "" && c.ID != id {
			continue
		}
		m := wire.Map{
			"CacheClusterId": c.ID, "ARN": c.ARN(k), "CacheNodeType": c.Node, "Engine": c.Engine, "EngineVersion": c.Version,
			"CacheClusterStatus": "available", "NumCacheNodes": 1, "CacheClusterCreateTime": c.Created, "PreferredAvailabilityZone": k.Region + "a",
		}
		if r.Bool("ShowCacheNodeInfo") {
			m["CacheNodes"] = wire.Named("CacheNode", wire.List{wire.Map{
				"CacheNodeId": "0001", "CacheNodeStatus": "available", "CacheNodeCreateTime": c.Created,
			}})
		}
		list = append(list, m)
	}
	if id != "" && len(list) == 0 {
		return nil, &wire.Error{Code: "CacheClusterNotFound", Status: 404, Message: "CacheCluster not found: " + id}
	}
	return wire.Map{"CacheClusters": wire.Named("CacheCluster", list)}, r.Err()
}
