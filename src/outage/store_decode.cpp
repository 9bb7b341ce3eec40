// The way back from store_encode.cpp. Everything here may be damaged: no value is used before it is checked.
#include <algorithm>
#include <numeric>

#include "outage/store_batch.hpp"
#include "outage/store_columns.hpp"
#include "outage/store_zstd.hpp"

namespace kulla::outage::store {
namespace {
constexpr std::size_t inlined_most = std::size_t{64} << 20;  // bytes; a block of the longest texts
constexpr std::size_t bytes_a_row = 64;                      // more than any other column has of one row
constexpr unsigned pull_most = 16;

class TextColumn {
 public:
  explicit TextColumn(std::size_t targets) : before_(targets, Row::none) {}

  /// False where a text is missing.
  bool read(std::size_t target, ByteReader& symbols, ByteReader& inlined, const Words& words, Batch& batch,
            std::map<std::uint64_t, std::uint32_t>& known) {
    const auto value = symbols.varint();
    auto& before = before_[target];
    if (value == symbol::same) return before != missing;
    if (value == symbol::none) {
      before = Row::none;
    } else if (value == symbol::inlined) {
      before = static_cast<std::uint32_t>(batch.texts.size());
      batch.texts.emplace_back(inlined.text());
    } else {
      last_ += static_cast<std::uint64_t>(unzigzag(value - symbol::word));
      before = find(words, batch, known);
    }
    return before != missing;
  }
  [[nodiscard]] std::uint32_t at(std::size_t target) const { return before_[target] == missing ? Row::none : before_[target]; }

 private:
  static constexpr std::uint32_t missing = 0xFFFF'FFFE;
  std::uint32_t find(const Words& words, Batch& batch, std::map<std::uint64_t, std::uint32_t>& known) const {
    const auto* text = words.at(last_);
    if (!text) return missing;
    const auto [place, fresh] = known.try_emplace(last_, static_cast<std::uint32_t>(batch.texts.size()));
    if (fresh) batch.texts.push_back(*text);
    return place->second;
  }
  std::vector<std::uint32_t> before_;
  std::uint64_t last_ = 0;
};

class Decoder {
 public:
  Decoder(std::size_t count, Timestamp base, std::uint64_t first, const Words& words)
      : count_(count), base_(micros_of(base) / 1000), first_(first), words_(words) {}

  bool run(std::string_view payload) {
    ByteReader read{payload};
    for (std::size_t i = 0; i < column_count; ++i) {
      auto column = read_packed(read, static_cast<Column>(i) == Column::inlined ? inlined_most : count_ * bytes_a_row + bytes_a_row);
      if (!column) return false;
      columns_[i] = std::move(*column);
      readers_.emplace_back(columns_[i]);
    }
    if (!read.finished() || !read_targets() || !read_rows() || !read_numbers()) return false;
    if (!std::ranges::all_of(readers_, &ByteReader::finished)) return false;
    std::ranges::sort(batch_.rows, {}, [](const Row& row) { return std::pair{row.sent, row.number}; });
    return true;
  }
  Batch take() { return std::move(batch_); }

 private:
  struct Group {
    std::uint64_t count = 0;
    Pace pace{0, 0};
    std::array<Usual, phase_count> usual{};
    std::uint32_t name = Row::none;
  };
  ByteReader& operator[](Column column) { return readers_[static_cast<std::size_t>(column)]; }

  bool read_targets() {
    auto& column = (*this)[Column::targets];
    const auto groups = column.varint();
    if (!column.ok() || groups > count_) return false;
    TextColumn names{groups};
    std::uint64_t rows = 0;
    for (std::size_t i = 0; i < groups; ++i) {
      (void)names.read(i, column, (*this)[Column::inlined], words_, batch_, known_);
      Group group;
      group.count = column.varint();
      const auto period = column.varint(), pull = column.varint();
      if (!column.ok() || group.count == 0 || group.count > count_ - rows || pull > pull_most) return false;
      rows += group.count;
      group.pace = Pace{period, static_cast<unsigned>(pull)};
      group.name = names.at(i);
      groups_.push_back(group);
    }
    return rows == count_;
  }

  bool read_rows() {
    TextColumn answers{groups_.size()}, addresses{groups_.size()}, bodies{groups_.size()};
    auto& inlined = (*this)[Column::inlined];
    batch_.rows.reserve(count_);
    std::vector<std::size_t> left(groups_.size());
    std::iota(left.begin(), left.end(), std::size_t{0});
    for (std::uint64_t round = 0; !left.empty(); ++round) {
      std::erase_if(left, [&](std::size_t target) { return groups_[target].count <= round; });
      for (const auto target : left) {
        Row row;
        if (!read_times(groups_[target], row)) return false;
        row.target = groups_[target].name;
        const bool answered = answers.read(target, (*this)[Column::answer], inlined, words_, batch_, known_);
        const bool addressed = addresses.read(target, (*this)[Column::address], inlined, words_, batch_, known_);
        const bool bodied = bodies.read(target, (*this)[Column::body], inlined, words_, batch_, known_);
        row.answer = answers.at(target), row.address = addresses.at(target), row.body = bodies.at(target);
        row.known = answered && addressed && bodied && row.target != Row::none && row.answer != Row::none;
        batch_.rows.push_back(row);
      }
    }
    return true;
  }

  bool read_times(Group& group, Row& row) {
    const auto low = (*this)[Column::sent_low].byte();
    const auto high = (*this)[Column::sent_high].varint();
    const auto at = group.pace.foretold() + static_cast<std::uint64_t>(unzigzag(high << 8 | low));
    group.pace.was(at);
    if (at > static_cast<std::uint64_t>(latest_micros / 1000 - base_)) return false;
    row.sent = (base_ + static_cast<std::int64_t>(at)) * 1000;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < phase_count; ++i) {
      const auto step = static_cast<Step>((*this)[phase_column(i)].byte() + group.usual[i].foretold());
      group.usual[i].was(step);
      sum += row.phases[i] = value_of(step);
    }
    row.took = value_of(static_cast<Step>((*this)[Column::took].byte() + step_of(sum)));
    return (*this)[Column::flags].byte() == 0 || read_rest(row);
  }
  bool read_rest(Row& row) {
    constexpr auto most = std::int64_t{1} << 53;
    auto& rest = (*this)[Column::rest];
    const auto micros = rest.varint();
    if (!rest.ok() || micros >= 1000) return false;
    row.sent += static_cast<std::int64_t>(micros);
    const auto add = [&](std::int64_t& value) {
      const auto difference = rest.signed_varint();
      if (difference < -most || difference > most) return false;
      value += difference;
      return value >= 0 && value <= most;
    };
    return add(row.took) && std::ranges::all_of(row.phases, add);
  }

  bool read_numbers() {
    std::vector<std::uint64_t> numbers(count_, first_);
    for (std::size_t i = 1; i < count_; ++i) {
      const auto gap = (*this)[Column::numbers].varint();
      if (gap >= ~numbers[i - 1]) return false;
      numbers[i] = numbers[i - 1] + gap + 1;
    }
    std::vector<std::size_t> by_end(count_);
    std::iota(by_end.begin(), by_end.end(), std::size_t{0});
    std::ranges::stable_sort(by_end, {}, [&](std::size_t i) { return batch_.rows[i].sent + batch_.rows[i].took; });
    std::vector<bool> used(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      const auto rank = static_cast<std::uint64_t>((*this)[Column::order].signed_varint()) + i;
      if (rank >= count_ || used[rank]) return false;
      used[rank] = true;
      batch_.rows[by_end[i]].number = numbers[rank];
    }
    return true;
  }

  std::size_t count_;
  std::int64_t base_;
  std::uint64_t first_;
  const Words& words_;
  Columns columns_;
  std::vector<ByteReader> readers_;
  std::vector<Group> groups_;
  std::map<std::uint64_t, std::uint32_t> known_;  ///< words to texts of this block
  Batch batch_;
};
}  // namespace

std::optional<Observation> Batch::observation(const Row& row, const VantageId& vantage) const {
  if (!row.known) return std::nullopt;
  auto answer = read_answer(texts[row.answer]);
  if (!answer) return std::nullopt;
  const auto text = [&](std::uint32_t index) { return index == Row::none ? std::nullopt : std::optional{texts[index]}; };
  return Observation{.vantage = vantage,
                     .number = row.number,
                     .target = ServiceId{texts[row.target]},
                     .sent = Timestamp{std::chrono::microseconds{row.sent}},
                     .took_us = row.took,
                     .failed = answer->failed,
                     .status = answer->status,
                     .notice = answer->notice,
                     .phases = {row.phases[0], row.phases[1], row.phases[2], row.phases[3]},
                     .closure = std::move(answer->closure),
                     .body = text(row.body),
                     .certificate_ends = answer->certificate_ends,
                     .address = text(row.address),
                     .detail = std::move(answer->detail)};
}

std::optional<Batch> decode_batch(std::string_view payload, std::size_t count, Timestamp base, std::uint64_t first, const Words& words) {
  if (count == 0) return std::nullopt;
  Decoder decoder{count, base, first, words};
  if (!decoder.run(payload)) return std::nullopt;
  return decoder.take();
}
}  // namespace kulla::outage::store
