// Described types (Boost.Describe) to JSON and back. Enums are their names, times RFC 3339, digests and keys hexadecimal;
// an empty optional is left out. Reading is strict: a missing, unknown or ill-typed field is an error that names it.
#pragma once
#include <fmt/format.h>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <concepts>
#include <optional>
#include <type_traits>
#include <vector>

#include "base/canonical_json.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/keys.hpp"
#include "base/time.hpp"

namespace kulla::codec {
namespace describe = boost::describe;

template <typename T>
concept Described = describe::has_describe_members<T>::value && !std::is_union_v<T>;
template <typename T>
concept Enumerated = describe::has_describe_enumerators<T>::value;
template <typename T>
inline constexpr bool is_id = false;
template <typename Tag>
inline constexpr bool is_id<Id<Tag>> = true;
template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <typename T>
using MembersOf = describe::describe_members<T, describe::mod_any_access>;

/// The nearest integer that facts may hold, so that every fact can be written and what is written can be read.
template <std::integral T>
constexpr std::int64_t bounded(T value) {
  if (std::cmp_greater(value, integer_limit)) return integer_limit;
  if (std::cmp_less(value, -integer_limit)) return -integer_limit;
  return static_cast<std::int64_t>(value);
}

template <typename T>
json::value encode(const T& value);

template <typename T>
void encode_members(const T& value, json::object& object) {
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    const auto& field = value.*member.pointer;
    if constexpr (is_optional<std::remove_cvref_t<decltype(field)>>) {
      if (field) object[member.name] = encode(*field);
    } else {
      object[member.name] = encode(field);
    }
  });
}

template <typename T>
json::value encode(const T& value) {
  if constexpr (std::same_as<T, bool> || std::same_as<T, std::string>) return json::value(value);
  else if constexpr (std::integral<T>) return json::value(bounded(value));
  else if constexpr (is_id<T>) return json::value(value.str());
  else if constexpr (Enumerated<T>) return json::value(describe::enum_to_string(value, "?"));
  else if constexpr (std::same_as<T, Timestamp>) return json::value(to_rfc3339(value));
  else if constexpr (std::same_as<T, Moment>) return json::object{{"wall", to_rfc3339(value.wall)}, {"mono", bounded(value.mono.count())}};
  else if constexpr (std::same_as<T, Digest> || std::same_as<T, PublicKey> || std::same_as<T, Signature>) return json::value(to_hex(value));
  else if constexpr (Described<T>) {
    json::object object;
    encode_members(value, object);
    return object;
  } else {
    json::array array;
    for (const auto& element : value) array.push_back(encode(element));
    return array;
  }
}

template <typename T>
Result<T> decode(const json::value& value);

inline std::unexpected<Error> wrong(std::string_view wanted) { return fail(Code::bad_json, fmt::format("{} expected", wanted)); }

/// Reads all members of T from `object`; `extra` counts fields that the caller has read itself.
template <typename T>
Result<T> decode_members(const json::object& object, std::size_t extra) {
  T result;
  std::optional<Error> error;
  std::size_t used = extra;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    using Field = std::remove_cvref_t<decltype(result.*member.pointer)>;
    if (error) return;
    const auto* found = object.if_contains(member.name);
    if (!found) {
      if (!is_optional<Field>) error = Error{Code::bad_json, fmt::format("{}: missing", member.name)};
      return;
    }
    ++used;
    const auto take = [&](auto read) {
      if (read) result.*member.pointer = std::move(*read);
      else error = std::move(read).error().in(member.name);
    };
    if constexpr (is_optional<Field>) take(decode<typename Field::value_type>(*found));
    else take(decode<Field>(*found));
  });
  if (error) return std::unexpected(std::move(*error));
  if (used != object.size()) return fail(Code::bad_json, "unknown field");
  return result;
}

template <typename T>
Result<T> decode(const json::value& value) {
  if constexpr (std::same_as<T, bool>) {
    if (!value.is_bool()) return wrong("true or false");
    return value.get_bool();
  } else if constexpr (std::integral<T>) {
    if (!value.is_int64() || !std::in_range<T>(value.get_int64()) || bounded(value.get_int64()) != value.get_int64())
      return wrong("an integer");
    return static_cast<T>(value.get_int64());
  } else if constexpr (Described<T>) {
    if (!value.is_object()) return wrong("an object");
    return decode_members<T>(value.get_object(), 0);
  } else if constexpr (std::same_as<T, Moment>) {
    const auto* object = value.if_object();
    if (!object || object->size() != 2 || !object->contains("wall") || !object->contains("mono")) return wrong("wall and mono");
    KULLA_TRY(auto wall, decode<Timestamp>(object->at("wall")));
    KULLA_TRY(auto mono, decode<std::int64_t>(object->at("mono")));
    return Moment{wall, Ticks{mono}};
  } else if constexpr (std::same_as<T, std::string> || is_id<T> || Enumerated<T> || std::same_as<T, Timestamp> || std::same_as<T, Digest> ||
                       std::same_as<T, PublicKey> || std::same_as<T, Signature>) {
    if (!value.is_string()) return wrong("a string");
    std::string text{value.get_string()};
    if constexpr (std::same_as<T, std::string> || is_id<T>) return T{std::move(text)};
    else if constexpr (std::same_as<T, Timestamp>) return parse_rfc3339(text);
    else if constexpr (std::same_as<T, Digest>) return digest_from_hex(text);
    else if constexpr (std::same_as<T, PublicKey>) return public_key_from_hex(text);
    else if constexpr (std::same_as<T, Signature>) return signature_from_hex(text);
    else {
      T parsed{};
      if (!describe::enum_from_string(text.c_str(), parsed))
        return fail(Code::bad_json, fmt::format("'{}' is not one of the names", text.substr(0, 40)));
      return parsed;
    }
  } else {
    if (!value.is_array()) return wrong("an array");
    T result;
    for (const auto& element : value.get_array()) {
      KULLA_TRY(auto decoded, decode<typename T::value_type>(element));
      result.push_back(std::move(decoded));
    }
    return result;
  }
}

}  // namespace kulla::codec
