// HTTP/1.1 by Beast's parser without its message: nothing of a header is kept but the two fields of a notice.
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "outage/ask_http.hpp"

namespace kulla::outage {
namespace beast = boost::beast;
namespace http = beast::http;
namespace asio = boost::asio;

void Exchange::take_field(std::string_view name, std::string_view value) {
  if (name.size() == closure_field.size() && beast::iequals(name, closure_field)) notice.closure = value;
  if (name.size() == notice_field.size() && beast::iequals(name, notice_field)) notice.notice = value;
}
bool Exchange::take_body(std::string_view piece) {
  piece = piece.substr(0, body_limit - body_);
  if (hash) hash->add(piece);
  body_ += piece.size();
  return body_ >= body_limit;
}

namespace {
constexpr int interim_limit = 8;                    // 103 Early Hints and the like; more is a server that never answers
constexpr std::size_t unparsed_limit = 2 * header_limit;  // a chunk's extensions have no end of their own
using SystemError = boost::system::error_code;

class Http1;
/// Of one response, interim ones too.
class Parser final : public http::basic_parser<false> {
 public:
  explicit Parser(Http1& exchange) : exchange_(exchange) {
    header_limit(static_cast<std::uint32_t>(outage::header_limit));
    body_limit(boost::none);
    eager(true);
  }
  [[nodiscard]] bool enough() const { return enough_; }

 private:
  using Text = beast::string_view;
  void on_request_impl(http::verb, Text, Text, int, SystemError&) override {}
  void on_response_impl(int code, Text, int, SystemError&) override;
  void on_field_impl(http::field, Text name, Text value, SystemError&) override;
  void on_header_impl(SystemError&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, SystemError&) override {}
  std::size_t on_body_impl(Text body, SystemError&) override;
  void on_chunk_header_impl(std::uint64_t, Text, SystemError&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, SystemError& error) override { return on_body_impl(body, error); }
  void on_finish_impl(SystemError&) override {}

  Http1& exchange_;
  bool enough_ = false;
};

class Http1 final : public Exchange {
 public:
  Http1(std::string_view request, bool want_hash) : request_(request) {
    if (want_hash) hash.emplace();
    parser_.emplace(*this);
  }
  std::string_view to_send() override { return request_; }
  void sent(std::size_t bytes) override { request_.remove_prefix(bytes); }
  State take(std::string_view bytes) override;
  State end() override;
  using Exchange::take_body;
  using Exchange::take_field;

 private:
  State malformed(const SystemError& error);
  std::string_view request_;
  std::optional<Parser> parser_;
  std::string unparsed_;  ///< what the parser wants to see again with more behind it
  int interim_ = 0;
};

void Parser::on_response_impl(int code, Text, int, SystemError&) { exchange_.status = code; }
void Parser::on_field_impl(http::field, Text name, Text value, SystemError&) {
  exchange_.take_field({name.data(), name.size()}, {value.data(), value.size()});
}
std::size_t Parser::on_body_impl(Text body, SystemError&) {
  enough_ = exchange_.take_body({body.data(), body.size()});
  return body.size();
}

Exchange::State Http1::malformed(const SystemError& error) {
  why = error.message();
  return State::malformed;
}

Exchange::State Http1::take(std::string_view bytes) {
  const bool joined = !unparsed_.empty();
  if (joined) bytes = unparsed_.append(bytes);
  while (!bytes.empty()) {
    SystemError error;
    const auto used = parser_->put(asio::buffer(bytes), error);
    bytes.remove_prefix(used);
    if (parser_->enough()) return State::whole;
    if (error && error != http::error::need_more) return malformed(error);
    if (parser_->is_done()) {
      if (status >= 200 || status == 101) return State::whole;
      if (++interim_ > interim_limit) return malformed(http::error::bad_status);
      parser_.emplace(*this);
    } else if (error || used == 0) {
      break;
    }
  }
  if (bytes.size() > unparsed_limit) return malformed(http::error::header_limit);
  if (joined) unparsed_.erase(0, unparsed_.size() - bytes.size());
  else unparsed_.assign(bytes);
  return State::going_on;
}

Exchange::State Http1::end() {
  if (!parser_->got_some()) return State::cut;
  SystemError error;
  parser_->put_eof(error);
  return error || status < 200 ? State::cut : State::whole;
}
}  // namespace

std::unique_ptr<Exchange> http1_exchange(std::string_view request, bool want_hash) { return std::make_unique<Http1>(request, want_hash); }
}  // namespace kulla::outage
