// Facts of every kind, filled at random by reflection over their described members: a new kind or field is covered by itself.
#pragma once
#include <boost/mp11.hpp>
#include <random>

#include "model/codec.hpp"
#include "model/fact.hpp"

namespace kulla::test {

class RandomFacts {
 public:
  /// `wild`: also text that is not UTF-8, integers beyond 2^53 and times outside 1970..9999.
  explicit RandomFacts(std::uint64_t seed, bool wild = false) : random_(seed), wild_(wild) {}

  Fact next() { return of_kind(below(std::variant_size_v<FactBody>)); }
  Fact of_kind(std::size_t kind) {
    Fact fact;
    fill(fact.at);
    boost::mp11::mp_with_index<std::variant_size_v<FactBody>>(kind, [&](auto index) {
      std::variant_alternative_t<index, FactBody> body;
      fill(body);
      fact.body = std::move(body);
    });
    return fact;
  }

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

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
  std::mt19937_64 random_;
  bool wild_;
};

}  // namespace kulla::test
