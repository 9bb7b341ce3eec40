#include "outage/ask_dnssec.hpp"

#include <fmt/format.h>
#include <unbound.h>

#include <array>

namespace kulla::outage {
namespace {
/// What was true a moment ago is not what is asked for; servers that were down are tried again.
constexpr std::array options{std::pair{"cache-max-ttl:", "0"}, std::pair{"cache-max-negative-ttl:", "0"}, std::pair{"val-bogus-ttl:", "0"},
                             std::pair{"infra-host-ttl:", "1"}, std::pair{"do-not-query-localhost:", "no"}};
constexpr int servfail = 2, nxdomain = 3;

Validator::Verdict judge(const ub_result& result) {
  if (result.bogus) return {Layer::resolve_bogus, result.why_bogus ? result.why_bogus : "signatures do not verify", {}};
  if (result.nxdomain || result.rcode == nxdomain) return {Layer::resolve_missing, "no such name", {}};
  if (result.rcode == servfail) return {Layer::resolve_refused, "no server could say", {}};
  if (result.rcode != 0) return {Layer::resolve_refused, fmt::format("answered with code {}", result.rcode), {}};
  if (!result.havedata) return {Layer::resolve_missing, "no data", {}};
  Validator::Verdict verdict;
  for (int i = 0; result.data[i]; ++i) verdict.records.emplace_back(result.data[i], static_cast<std::size_t>(result.len[i]));
  return verdict;
}
}  // namespace

void Validator::Free::operator()(ub_ctx* context) const { ub_ctx_delete(context); }
Validator::~Validator() {
  if (descriptor_.is_open()) descriptor_.release();  // it is libunbound's
}

Result<std::unique_ptr<Validator>> Validator::open(asio::io_context& context, const Settings& settings) {
  std::unique_ptr<Validator> made{new Validator{context}};
  KULLA_CHECK(made->set_up(settings));
  return made;
}

Result<> Validator::set_up(const Settings& settings) {
  context_.reset(ub_ctx_create());
  KULLA_ASSERT(context_);
  const auto check = [](int error, std::string_view what) -> Result<> {
    if (error == 0) return {};
    return fail(Code::bad_argument, fmt::format("DNSSEC: {}: {}", what, ub_strerror(error)));
  };
  for (const auto& [name, value] : options) KULLA_CHECK(check(ub_ctx_set_option(context_.get(), name, value), name));
  KULLA_CHECK(check(ub_ctx_add_ta_file(context_.get(), settings.anchor.c_str()), settings.anchor.string()));
  for (const auto& server : settings.servers)
    KULLA_CHECK(check(ub_ctx_set_fwd(context_.get(), fmt::format("{}@{}", server.host, server.port).c_str()), server.host));
  if (settings.servers.empty()) KULLA_CHECK(check(ub_ctx_resolvconf(context_.get(), nullptr), "resolv.conf"));
  KULLA_CHECK(check(ub_ctx_async(context_.get(), 1), "thread"));
  boost::system::error_code error;
  descriptor_.assign(ub_fd(context_.get()), error);
  if (error) return fail(Code::io, fmt::format("DNSSEC: {}", error.message()));
  wait();
  return {};
}

void Validator::wait() {
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    ub_process(context_.get());
    wait();
  });
}

void Validator::ask(const std::string& name, int type, std::function<void(const Verdict&)> then) {
  auto made = std::make_unique<Call>(Call{*this, std::move(then)});
  auto* const call = made.get();
  under_way_.emplace(call, std::move(made));
  const int error = ub_resolve_async(
      context_.get(), name.c_str(), type, 1, call,
      [](void* argument, int failed, ub_result* result) {
        auto* const answered = static_cast<Call*>(argument);
        const std::unique_ptr<ub_result, decltype(&ub_resolve_free)> owned{result, &ub_resolve_free};
        answered->validator.told(answered,
                                 failed == 0 && result ? judge(*result) : Verdict{Layer::resolve_refused, ub_strerror(failed), {}});
      },
      nullptr);
  if (error != 0) told(call, {Layer::resolve_refused, ub_strerror(error), {}});
}

void Validator::told(Call* call, const Verdict& verdict) {
  const auto taken = under_way_.extract(call);
  taken.mapped()->then(verdict);
}
}  // namespace kulla::outage
