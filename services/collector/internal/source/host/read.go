package host

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	gocpu "github.com/shirou/gopsutil/v4/cpu"
	godisk "github.com/shirou/gopsutil/v4/disk"
	goload "github.com/shirou/gopsutil/v4/load"
	gomem "github.com/shirou/gopsutil/v4/mem"
	gonet "github.com/shirou/gopsutil/v4/net"
)

// read asks the system. In a container HOST_PROC, HOST_SYS and HOST_ROOT say
// where the host's /proc, /sys and / are to be found.
func read(ctx context.Context) (reading, error) {
	r := reading{at: time.Now(), io: map[string]transfer{}, net: map[string]transfer{}}
	if t, err := gocpu.TimesWithContext(ctx, false); err == nil && len(t) > 0 {
		c := t[0] // guest time is in user time already
		r.cpu = &cpuTimes{total: c.User + c.System + c.Idle + c.Nice + c.Iowait + c.Irq + c.Softirq + c.Steal, idle: c.Idle + c.Iowait}
	}
	if m, err := gomem.VirtualMemoryWithContext(ctx); err == nil && m.Total > 0 {
		r.memory = &memory{usedPercent: 100 * (1 - float64(m.Available)/float64(m.Total)), availableBytes: m.Available}
	}
	if s, err := gomem.SwapMemoryWithContext(ctx); err == nil && s.Total > 0 {
		r.swap = &swap{usedPercent: s.UsedPercent}
	}
	if l, err := goload.AvgWithContext(ctx); err == nil {
		r.load1 = &l.Load1
	}
	if n, err := gocpu.CountsWithContext(ctx, true); err == nil && n > 0 {
		r.cores = n
	} else {
		r.cores = runtime.NumCPU()
	}
	r.disks = readDisks(ctx)
	if all, err := godisk.IOCountersWithContext(ctx); err == nil {
		exists := func(name string) bool { _, ok := all[name]; return ok }
		for name, c := range all {
			if wholeDisk(name, exists) {
				r.io[name] = transfer{c.ReadBytes, c.WriteBytes}
			}
		}
	}
	if all, err := gonet.IOCountersWithContext(ctx, true); err == nil {
		for _, c := range all {
			if ownInterface(c.Name) {
				r.net[c.Name] = transfer{c.BytesRecv, c.BytesSent}
			}
		}
	}
	if r.cpu == nil && r.memory == nil && r.load1 == nil {
		return r, cmp.Or(ctx.Err(), errNothing)
	}
	return r, nil
}

// readDisks returns the file systems that are on a device, each device once,
// where it is mounted highest; if there is none (in a container), the root.
func readDisks(ctx context.Context) []disk {
	parts, err := godisk.PartitionsWithContext(ctx, false)
	if err != nil {
		return nil
	}
	slices.SortStableFunc(parts, func(a, b godisk.PartitionStat) int {
		return cmp.Or(cmp.Compare(len(a.Mountpoint), len(b.Mountpoint)), cmp.Compare(a.Mountpoint, b.Mountpoint))
	})
	var out []disk
	seen := map[string]bool{}
	for _, p := range parts {
		// Images that are full by their nature, and files that are mounted
		// singly (/etc/hosts in a container).
		if seen[p.Device] || p.Fstype == "squashfs" || p.Fstype == "iso9660" || p.Fstype == "erofs" || !isFolder(p.Mountpoint) {
			continue
		}
		if d, ok := readDisk(ctx, p); ok {
			seen[p.Device] = true
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		if d, ok := readDisk(ctx, godisk.PartitionStat{Device: "root", Mountpoint: "/"}); ok {
			out = append(out, d)
		}
	}
	return out
}

func readDisk(ctx context.Context, p godisk.PartitionStat) (disk, bool) {
	u, err := godisk.UsageWithContext(ctx, onHost(p.Mountpoint))
	if err != nil || u.Total == 0 {
		return disk{}, false
	}
	return disk{path: p.Mountpoint, device: p.Device, fstype: cmp.Or(p.Fstype, u.Fstype), usedPercent: u.UsedPercent, freeBytes: u.Free}, true
}

// onHost returns where a path of the host is to be found from here.
func onHost(path string) string {
	if root := os.Getenv("HOST_ROOT"); root != "" {
		return filepath.Join(root, path)
	}
	return path
}

func isFolder(path string) bool {
	info, err := os.Stat(onHost(path))
	return err == nil && info.IsDir()
}
