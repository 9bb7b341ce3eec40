// DNSSEC by libunbound: whether a zone's signatures verify up to a trust anchor. libunbound works on a thread of its own.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "outage/address.hpp"
#include "outage/observation.hpp"

struct ub_ctx;

namespace kulla::outage {
namespace asio = boost::asio;

class Validator {
 public:
  struct Settings {
    std::vector<Address> servers;  ///< resolvers to ask; empty: the system's
    std::filesystem::path anchor;  ///< DS or DNSKEY records of whom to trust
  };
  [[nodiscard]] static Result<std::unique_ptr<Validator>> open(asio::io_context& context, const Settings& settings);
  ~Validator();  ///< what is under way is forgotten
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  struct Verdict {
    Layer failed = Layer::none;          ///< resolve_bogus, and every other resolve_*
    std::string detail{};
    std::vector<std::string> records{};  ///< their data, as it is on the wire
  };
  void ask(const std::string& name, int type, std::function<void(const Verdict&)> then);

 private:
  struct Call {
    Validator& validator;
    std::function<void(const Verdict&)> then;
  };
  void told(Call* call, const Verdict& verdict);
  struct Free {
    void operator()(ub_ctx* context) const;
  };
  explicit Validator(asio::io_context& context) : descriptor_(context) {}
  Result<> set_up(const Settings& settings);
  void wait();
  std::unordered_map<Call*, std::unique_ptr<Call>> under_way_;
  std::unique_ptr<ub_ctx, Free> context_;
  asio::posix::stream_descriptor descriptor_;
};

}  // namespace kulla::outage
