#include "model/random_fact.hpp"

#include <array>
#include <boost/mp11.hpp>
#include <limits>

#include "model/codec.hpp"

namespace kulla::test {
namespace {
constexpr auto kinds = std::variant_size_v<AnyFact>;

class Filler {
 public:
  Filler(std::mt19937_64& random, bool wild) : random_(random), wild_(wild) {}

  template <typename T>
  void fill(T& value) {
    if constexpr (std::same_as<T, bool>) value = below(2) == 1;
    else if constexpr (std::integral<T>) value = integer<T>();
    else if constexpr (std::same_as<T, std::string>) value = text();
    else if constexpr (codec::is_id<T>) value = T{text()};
    else if constexpr (codec::Enumerated<T>)
      value = static_cast<T>(below(boost::mp11::mp_size<boost::describe::describe_enumerators<T>>::value));
    else if constexpr (std::same_as<T, Timestamp>) value = time();
    else if constexpr (std::same_as<T, Moment>) value = {time(), Ticks{integer<std::int64_t>()}};
    else if constexpr (std::same_as<T, Digest> || std::same_as<T, PublicKey> || std::same_as<T, Signature>) {
      for (auto& byte : value.bytes) byte = static_cast<std::uint8_t>(random_());
    } else if constexpr (codec::is_optional<T>) {
      if (below(2) == 1) fill(value.emplace());
    } else if constexpr (codec::Described<T>) {
      boost::mp11::mp_for_each<codec::MembersOf<T>>([&](auto member) { fill(value.*member.pointer); });
    } else {
      value.resize(below(4));
      for (auto& element : value) fill(element);
    }
  }
 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  template <typename T>
  T integer() {
    const auto bits = random_() >> below(64);
    if (wild_ && below(4) == 0) return static_cast<T>(bits);
    return static_cast<T>(bits % (std::numeric_limits<T>::max() < integer_limit ? std::uint64_t{1} << 20 : std::uint64_t{1} << 53));
  }
  Timestamp time() {
    const auto micros = wild_ && below(4) == 0 ? random_() : random_() % 253'402'300'800'000'000u;  // up to the year 9999
    return Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(micros)}};
  }
  std::string text() {
    static constexpr std::array<std::string_view, 8> words{"e-tax", "web1", "ü", "\xF0\x9F\x94\x92", "\"", "\\", "\n", " "};
    std::string text;
    for (auto count = below(6); count > 0; --count) {
      if (wild_ && below(3) == 0) text += static_cast<char>(random_());
      else text += words[below(words.size())];
    }
    return text;
  }
  std::mt19937_64& random_;
  bool wild_;
};
}  // namespace

Fact RandomFacts::next() { return of_kind(random_() % kinds); }
Fact RandomFacts::of_kind(std::size_t kind) {
  Filler filler{random_, wild_};
  Fact fact;
  filler.fill(fact.at);
  boost::mp11::mp_with_index<kinds>(kind, [&](auto index) {
    std::variant_alternative_t<index, AnyFact> body;
    filler.fill(body);
    fact.body = std::move(body);
  });
  return fact;
}
}  // namespace kulla::test
