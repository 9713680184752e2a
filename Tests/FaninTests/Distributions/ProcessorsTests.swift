import Testing

@testable import Fanin

private func quota(_ files: [String: String]) -> Int? { Processors.quota { files[$0] } }

@Suite struct ProcessorsTests {
  @Test func thereIsOne() {
    #expect(Processors.count >= 1)
  }

  @Test func withoutControlGroupsNothingIsLimited() {
    #expect(quota([:]) == nil)
    #expect(quota(["/proc/self/cgroup": ""]) == nil)
    #expect(quota(["/proc/self/cgroup": "0::/\n"]) == nil)
  }

  @Test(arguments: [
    ("200000 100000\n", 2), ("150000 100000\n", 2), ("100001 100000", 2), ("1000 100000\n", 1), ("50000 1000", 50),
    ("max 100000\n", nil), ("-1 100000", nil), ("0 100000", nil), ("200000 0\n", nil), ("", nil), ("200000", nil),
    ("two halves", nil), ("99999999999999999999 1", nil), ("9223372036854775807 1", .max),
  ])
  func secondVersion(limit: String, processors: Int?) {
    #expect(quota(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": limit]) == processors)
  }

  @Test func theSmallestOfAGroupAndThoseAroundItCounts() {
    var files = [
      "/proc/self/cgroup": "0::/slice/service/job\n", "/sys/fs/cgroup/slice/service/job/cpu.max": "400000 100000",
      "/sys/fs/cgroup/slice/service/cpu.max": "max 100000", "/sys/fs/cgroup/slice/cpu.max": "300000 100000",
    ]
    #expect(quota(files) == 3)
    files["/sys/fs/cgroup/slice/service/job/cpu.max"] = "200000 100000"
    #expect(quota(files) == 2)
    // In a container the path may be the host's, and the mount point the container's group.
    #expect(quota(["/proc/self/cgroup": "0::/docker/0123\n", "/sys/fs/cgroup/cpu.max": "100000 100000"]) == 1)
  }

  @Test func firstVersion() {
    var files = [
      "/proc/self/cgroup": "3:cpuset:/other\n2:cpu,cpuacct:/job:1\n1:name=systemd:/job\n0::/\nnonsense\n",
      "/sys/fs/cgroup/cpu/job:1/cpu.cfs_quota_us": "250000\n", "/sys/fs/cgroup/cpu/job:1/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/cpu/other/cpu.cfs_quota_us": "100000\n", "/sys/fs/cgroup/cpu/other/cpu.cfs_period_us": "100000\n",
    ]
    #expect(quota(files) == 3)
    files["/sys/fs/cgroup/cpu/job:1/cpu.cfs_quota_us"] = "-1\n"
    #expect(quota(files) == nil)
    files["/sys/fs/cgroup/cpu/cpu.cfs_quota_us"] = "100000\n"
    #expect(quota(files) == nil)
    files["/sys/fs/cgroup/cpu/cpu.cfs_period_us"] = "50000\n"
    #expect(quota(files) == 2)
  }
}
