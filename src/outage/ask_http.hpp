// One question over HTTP and its answer, on bytes: no socket, no clock. The answer comes from anyone: every size is bounded.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "model/notice.hpp"

namespace kulla::outage {

inline constexpr std::size_t header_limit = 16 * 1024;  ///< an answer with more is malformed
inline constexpr std::size_t body_limit = 64 * 1024;    ///< a page's beginning shows that it flows; the rest would be load

class Exchange {
 public:
  enum class State {
    going_on,
    whole,      // or as much of it as is read
    cut,        // it broke off
    malformed   // see `why`
  };
  virtual ~Exchange() = default;
  /// What is to be sent now; what was taken of it is told by `sent`.
  [[nodiscard]] virtual std::string_view to_send() = 0;
  virtual void sent(std::size_t bytes) = 0;
  [[nodiscard]] virtual State take(std::string_view bytes) = 0;
  /// The other side has ended.
  [[nodiscard]] virtual State end() = 0;

  int status = 0;
  NoticeFields notice;
  std::string why;
  std::optional<Sha256> hash;  ///< of the body, where one is wanted

 protected:
  /// A field of the answer's header; names in any case.
  void take_field(std::string_view name, std::string_view value);
  /// Counts and hashes a piece of the body; true when that is enough.
  bool take_body(std::string_view piece);

 private:
  std::size_t body_ = 0;
};

/// `request` outlives it.
[[nodiscard]] std::unique_ptr<Exchange> http1_exchange(std::string_view request, bool want_hash);
struct Http2Request {
  std::string_view authority, path, agent;
};
[[nodiscard]] std::unique_ptr<Exchange> http2_exchange(const Http2Request& request, bool want_hash);

}  // namespace kulla::outage
