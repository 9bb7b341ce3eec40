#include "outage/store_row.hpp"

#include <zlib.h>

#include <algorithm>
#include <boost/describe/enumerators.hpp>

#include "outage/store_zstd.hpp"

namespace kulla::outage::store {
namespace {
constexpr std::int64_t duration_most = std::int64_t{1} << 53;  // what a signed line may hold
constexpr std::size_t record_most = 8192;                      // more than the texts and numbers of one can be

void put_optional(std::string& to, const std::optional<std::string>& text) {
  to.push_back(text ? '\1' : '\0');
  if (text) put_text(to, *text);
}
std::optional<std::string> read_optional(ByteReader& read) {
  if (read.byte() == 0) return std::nullopt;
  return std::string{read.text()};
}
bool short_enough(const std::optional<std::string>& text) { return !text || text->size() <= text_most; }
std::uint32_t sum_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}
}  // namespace

std::string answer_bytes(const Observation& observation) {
  std::string bytes;
  bytes.push_back(static_cast<char>(observation.failed));
  bytes.push_back(static_cast<char>(observation.notice));
  put_signed(bytes, observation.status);
  put_optional(bytes, observation.closure);
  put_optional(bytes, observation.detail);
  bytes.push_back(observation.certificate_ends ? '\1' : '\0');
  if (observation.certificate_ends) put_signed(bytes, micros_of(*observation.certificate_ends));
  return bytes;
}

std::optional<Answer> read_answer(std::string_view bytes) {
  ByteReader read{bytes};
  Answer answer;
  const auto failed = read.byte(), notice = read.byte();
  const auto status = read.signed_varint();
  answer.closure = read_optional(read);
  answer.detail = read_optional(read);
  if (read.byte() != 0) answer.certificate_ends = Timestamp{std::chrono::microseconds{read.signed_varint()}};
  if (!read.finished() || failed > static_cast<int>(Layer::body) || notice > static_cast<int>(NoticeSeen::foreign) ||
      !std::in_range<int>(status))
    return std::nullopt;
  answer.failed = static_cast<Layer>(failed), answer.notice = static_cast<NoticeSeen>(notice), answer.status = static_cast<int>(status);
  return answer;
}

bool storable(const Observation& observation) {
  const auto sent = micros_of(observation.sent);
  const auto sane = [](std::int64_t micros) { return micros >= 0 && micros <= duration_most; };
  return sent >= 0 && sent <= latest_micros && sane(observation.took_us) && std::ranges::all_of(phases_of(observation.phases), sane) &&
         !observation.target.empty() && observation.target.str().size() <= text_most && short_enough(observation.closure) &&
         short_enough(observation.detail) && short_enough(observation.body) && short_enough(observation.address) && observation.number > 0;
}

// --- words

std::optional<std::uint64_t> Words::find(std::string_view text) const {
  const auto found = index_.find(text);
  return found == index_.end() ? std::nullopt : std::optional{found->second};
}
std::optional<std::uint64_t> Words::add(std::string_view text) {
  if (const auto found = find(text)) return found;
  if (texts_.size() >= most || bytes_ + text.size() > bytes_most) return std::nullopt;
  bytes_ += text.size();
  index_.emplace(text, texts_.size());
  texts_.emplace_back(text);
  return texts_.size() - 1;
}
bool Words::set(std::uint64_t index, std::string_view text) {
  if (index >= reach_most || bytes_ + text.size() > 2 * bytes_most) return false;
  if (index >= texts_.size()) texts_.resize(static_cast<std::size_t>(index) + 1);
  auto& place = texts_[static_cast<std::size_t>(index)];
  if (place) return *place == text;
  bytes_ += text.size();
  place.emplace(text);
  index_.emplace(text, index);
  return true;
}
void Words::reach(std::uint64_t index) {
  if (index < reach_most && index >= texts_.size()) texts_.resize(static_cast<std::size_t>(index) + 1);
}
const std::string* Words::at(std::uint64_t index) const {
  return index < texts_.size() && texts_[static_cast<std::size_t>(index)] ? &*texts_[static_cast<std::size_t>(index)] : nullptr;
}
std::string Words::payload(std::size_t first) const {
  std::string raw;
  for (auto index = first; index < texts_.size(); ++index) {
    raw.push_back(texts_[index] ? '\1' : '\0');  // one that could not be read after damage stays unknown
    if (texts_[index]) put_text(raw, *texts_[index]);
  }
  std::string payload;
  put_varint(payload, first);
  put_packed(payload, raw);
  return payload;
}
bool Words::read(std::string_view payload) {
  ByteReader read{payload};
  auto index = read.varint();
  const auto raw = read_packed(read, 2 * bytes_most + most);
  if (!raw || !read.finished() || index >= reach_most) return false;
  for (ByteReader texts{*raw}; texts.left() > 0; ++index) {
    if (texts.byte() == 0) continue;
    const auto text = texts.text();
    if (!texts.ok() || !set(index, text)) return false;
  }
  return true;
}

// --- records of the present

void put_record(std::string& to, const Observation& observation) {
  std::string body;
  put_varint(body, observation.number);
  put_varint(body, static_cast<std::uint64_t>(micros_of(observation.sent)));
  put_varint(body, static_cast<std::uint64_t>(observation.took_us));
  for (const auto phase : phases_of(observation.phases)) put_varint(body, static_cast<std::uint64_t>(phase));
  put_text(body, observation.target.str());
  put_text(body, answer_bytes(observation));
  put_optional(body, observation.address);
  put_optional(body, observation.body);
  put_varint(to, body.size());
  put_fixed(to, sum_of(body));
  to += body;
}

std::optional<Observation> read_record(ByteReader& read, const VantageId& vantage) {
  const auto size = read.varint();
  const auto sum = read.fixed<std::uint32_t>();
  if (!read.ok() || size > record_most) return std::nullopt;
  const auto bytes = read.take(size);
  if (!read.ok() || sum != sum_of(bytes)) return std::nullopt;
  ByteReader body{bytes};
  Observation observation;
  observation.vantage = vantage;
  observation.number = body.varint();
  observation.sent = Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(body.varint())}};
  observation.took_us = static_cast<std::int64_t>(body.varint());
  for (auto* phase :
       {&observation.phases.resolve_us, &observation.phases.connect_us, &observation.phases.tls_us, &observation.phases.first_byte_us})
    *phase = static_cast<std::int64_t>(body.varint());
  observation.target = ServiceId{std::string{body.text()}};
  auto answer = read_answer(body.text());
  observation.address = read_optional(body);
  observation.body = read_optional(body);
  if (!body.finished() || !answer) return std::nullopt;
  observation.failed = answer->failed, observation.notice = answer->notice, observation.status = answer->status;
  observation.closure = std::move(answer->closure), observation.detail = std::move(answer->detail);
  observation.certificate_ends = answer->certificate_ends;
  return storable(observation) ? std::optional{std::move(observation)} : std::nullopt;
}
}  // namespace kulla::outage::store
