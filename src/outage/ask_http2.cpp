// HTTP/2 by nghttp2: one stream, a bounded header list, and a body that is read as far as its beginning.
#include <nghttp2/nghttp2.h>

#include <array>

#include "outage/ask_http.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t chatter_limit = 512 * 1024;  // bytes of frames without end (PING, SETTINGS) around an answer that may come

struct FreeSession {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
struct FreeCallbacks {
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};

class Http2 final : public Exchange {
 public:
  Http2(const Http2Request& request, bool want_hash);
  std::string_view to_send() override;
  void sent(std::size_t bytes) override { out_.remove_prefix(bytes); }
  State take(std::string_view bytes) override;
  State end() override { return done_ ? State::whole : State::cut; }

 private:
  static Http2& self(void* user) { return *static_cast<Http2*>(user); }
  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t, void* user);
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data, std::size_t size, void* user);
  static int on_close(nghttp2_session*, std::int32_t, std::uint32_t error, void* user);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
  void take_field_or_status(std::string_view name, std::string_view value);

  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::string_view out_;   ///< nghttp2's own memory, good until it is asked again
  std::size_t header_ = 0, taken_ = 0;
  bool too_large_ = false, done_ = false, cut_ = false, gave_up_ = false;
};

Http2::Http2(const Http2Request& request, bool want_hash) {
  if (want_hash) hash.emplace();
  nghttp2_session_callbacks* made = nullptr;
  KULLA_ASSERT(nghttp2_session_callbacks_new(&made) == 0);
  const std::unique_ptr<nghttp2_session_callbacks, FreeCallbacks> callbacks{made};
  nghttp2_session_callbacks_set_on_header_callback(made, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, on_close);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, on_sent);
  nghttp2_session* session = nullptr;
  KULLA_ASSERT(nghttp2_session_client_new(&session, made, this) == 0);
  session_.reset(session);
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(header_limit)}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  const auto field = [](std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
    return nghttp2_nv{bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};  // copied by nghttp2
  };
  const std::array fields{field(":method", "GET"),           field(":scheme", "https"),          field(":authority", request.authority),
                          field(":path", request.path),      field("user-agent", request.agent), field("accept", "*/*"),
                          field("cache-control", "no-cache")};
  nghttp2_submit_request(session, nullptr, fields.data(), fields.size(), nullptr, nullptr);
}

std::string_view Http2::to_send() {
  if (!out_.empty()) return out_;
  const std::uint8_t* bytes = nullptr;
  const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
  if (size > 0) out_ = {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  return out_;
}

Exchange::State Http2::take(std::string_view bytes) {
  taken_ += bytes.size();
  const auto used = nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (done_) return State::whole;
  if (too_large_) why = "header over its limit";
  else if (used < 0) why = nghttp2_strerror(static_cast<int>(used));
  else if (taken_ > chatter_limit) why = "frames without an answer";
  else if (static_cast<void>(to_send()), gave_up_) why = "no valid HTTP/2";
  else if (!cut_) return State::going_on;
  return why.empty() ? State::cut : State::malformed;
}

int Http2::on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                     std::size_t value_size, std::uint8_t, void* user) {
  auto& exchange = self(user);
  exchange.header_ += name_size + value_size;
  exchange.too_large_ = exchange.header_ > header_limit;
  if (exchange.too_large_) return NGHTTP2_ERR_CALLBACK_FAILURE;
  exchange.take_field_or_status({reinterpret_cast<const char*>(name), name_size}, {reinterpret_cast<const char*>(value), value_size});
  return 0;
}

void Http2::take_field_or_status(std::string_view name, std::string_view value) {
  if (name != ":status") return take_field(name, value);
  status = 0;  // nghttp2 has seen to it that these are three digits
  for (const char digit : value) status = status * 10 + (digit - '0');
}

int Http2::on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data, std::size_t size, void* user) {
  auto& exchange = self(user);
  if (exchange.take_body({reinterpret_cast<const char*>(data), size})) exchange.done_ = true;
  return 0;
}

int Http2::on_close(nghttp2_session*, std::int32_t, std::uint32_t error, void* user) {
  auto& exchange = self(user);
  if (error == NGHTTP2_NO_ERROR && exchange.status >= 200) exchange.done_ = true;
  else exchange.cut_ = true;
  return 0;
}

/// A server that goes away before it answered has cut the answer.
int Http2::on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type == NGHTTP2_GOAWAY && nghttp2_session_want_read(session) == 0) self(user).cut_ = true;
  return 0;
}

/// nghttp2 says good-bye to who does not keep to the protocol.
int Http2::on_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) self(user).gave_up_ = true;
  return 0;
}
}  // namespace

std::unique_ptr<Exchange> http2_exchange(const Http2Request& request, bool want_hash) {
  return std::make_unique<Http2>(request, want_hash);
}
}  // namespace kulla::outage
