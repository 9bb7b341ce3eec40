// Two network namespaces of our own: vantages here, sites there, a wire between. Real servers, real name servers, nftables and BGP.
// Everything ends with the lab; nothing is done outside of the namespaces.
#pragma once
#include <mutex>
#include <thread>

#include "base/process.hpp"
#include "outage/prober.hpp"

namespace kulla::test {

/// One service there: its own address 10.1.N.10 in its own network 10.1.N.0/24.
struct Site {
  int number = 0;
  std::string name;                  ///< the target's
  std::filesystem::path folder;
  std::optional<Child> server{}, front{}, name_server{}, load{};
  bool tls = false, single = false, named = false, gated = false, keyed = true;
  double work_s = 0;                 ///< that a request takes its server
  [[nodiscard]] std::string address() const { return "10.1." + std::to_string(number) + ".10"; }
};

class Lab {
 public:
  static constexpr int vantages = 3;
  static constexpr std::chrono::milliseconds every{400}, timeout{900};

  /// In a network namespace made by `enter`; false where a tool or a right is missing, and `why` says which.
  [[nodiscard]] bool make();
  ~Lab();
  std::string why;

  /// This process may make network namespaces, or one was made for it.
  [[nodiscard]] static bool inside();

  Site& add(Site site);
  [[nodiscard]] std::vector<std::unique_ptr<Site>>& sites() { return sites_; }
  /// What a site's server says from now on.
  void tell(Site& site, int status, std::string_view body, double delay = 0, std::string_view way = "answer",
            std::string_view headers = "{}");
  void start_server(Site& site);
  /// HAProxy before the server; `notice` closes it: the value of X-Kulla-Notice.
  void start_front(Site& site, const std::string& closure = "", const std::string& notice = "");
  void start_name_server(Site& site, std::string_view zone);
  void certify(Site& site, std::string_view as_of);  ///< "2020-01-01": by a clock of that day, for ten days; empty: today
  void start_load(Site& site, int clients, double ramp_s);
  /// nftables there, in front of a site; empty rules: none.
  void filter(Site& site, const std::vector<std::string>& rules);
  /// And here, for what a vantage sends.
  void cut_vantage(int vantage, bool cut);
  /// BIRD there announces a site's network to BIRD here. With a port, GoBGP hears of it too, and tells a BMP listener on it.
  [[nodiscard]] bool start_bgp(const Site& announced, int bmp_port = 0);
  void withdraw(bool withdrawn);
  [[nodiscard]] std::filesystem::path routes_file() const { return folder_ / "routes.mrt"; }

  void start_vantages(const PublicKey& gate);
  [[nodiscard]] std::vector<outage::Observation> stop_vantages();
  [[nodiscard]] std::vector<outage::Target> targets() const;

 private:
  bool run_all(const std::vector<std::vector<std::string>>& commands);
  [[nodiscard]] std::vector<std::string> there(std::vector<std::string> command) const;
  [[nodiscard]] Child start_there(std::vector<std::string> command) const;
  [[nodiscard]] bool start_gobgp(int bmp_port);
  [[nodiscard]] outage::Target target_of(const Site& site) const;

  std::filesystem::path folder_;
  std::optional<Child> other_;       ///< holds the namespace there
  std::optional<Child> bird_here_, bird_there_, gobgp_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::vector<std::jthread> threads_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<outage::Observation> seen_;
  std::map<VantageId, std::uint64_t> numbers_;
};

}  // namespace kulla::test
