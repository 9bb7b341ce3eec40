// The closure notice: how a gate says on its answer that it closed a service, and how somebody who never saw its orders judges that.
//   X-Kulla-Closure: CLOSURE
//   X-Kulla-Notice: service=NAME; closure=CLOSURE; expires=UNIXSECONDS; signature=HEX
// The signature is Ed25519 (128 hexadecimal digits) by the gate's key, over the canonical JSON
//   {"closure":CLOSURE,"expires":UNIXSECONDS,"kulla":"notice/1","service":NAME}
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/keys.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla {

inline constexpr std::string_view closure_field = "X-Kulla-Closure", notice_field = "X-Kulla-Notice";

/// A notice is worth nothing later than this after it was signed: who copied it can keep it no longer. The gate signs anew in time.
inline constexpr std::chrono::minutes notice_life{10};
inline constexpr std::chrono::seconds notice_clock_slack{60};  ///< how far two clocks may differ before a fresh notice looks made up

/// What the closure notice on an answer was worth.
BOOST_DEFINE_ENUM_CLASS(NoticeSeen, none,
                        unverified,  // a notice, and no key to judge it by
                        valid,       // signed by the gate, for this service, not expired
                        expired,     // signed by the gate, for this service, too old
                        foreign)     // for another service, or another's signature, or none

/// What a gate signs.
struct ClosureNotice {
  ServiceId service;
  ClosureId closure;
  std::chrono::sys_seconds expires;  ///< at most `notice_life` from now
};
/// The value of X-Kulla-Notice.
[[nodiscard]] std::string notice_header(const ClosureNotice& notice, const SecretKey& gate);

/// The two fields of an answer, as they came; none where there was no such field.
struct NoticeFields {
  std::optional<std::string> closure{}, notice{};
};
struct NoticeJudged {
  NoticeSeen seen = NoticeSeen::none;
  std::optional<ClosureId> closure{};  ///< only where the gate's own signature names it: valid or expired
};
/// Any bytes may be in the fields. An answer is a notice as soon as it has one of the two.
[[nodiscard]] NoticeJudged judge_notice(const NoticeFields& fields, const ServiceId& service, const std::optional<PublicKey>& gate,
                                        Timestamp now);

}  // namespace kulla
