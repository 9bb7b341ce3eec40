// docs/ledger-format.md lists every kind of fact with its fields. The lists are written by this test with KULLA_REWRITE_GOLDEN=1.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/core/demangle.hpp>
#include <cstdlib>
#include <map>

#include "base/file.hpp"
#include "model/codec.hpp"
#include "model/fact.hpp"

namespace kulla {
namespace {
constexpr std::string_view begin_mark = "<!-- written by tests/model/docs_test.cpp: begin -->\n", end_mark = "<!-- end -->";

class Lists {
 public:
  std::string all() {
    std::string facts = "| kind | fields |\n|---|---|\n", types = "| type | fields, or names |\n|---|---|\n";
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, AnyFact>>([&](auto type) {
      using T = typename decltype(type)::type;
      facts += fmt::format("| `{}` | {} |\n", T::kind, fields_of<T>());
    });
    for (const auto& [name, shape] : types_) types += fmt::format("| {} | {} |\n", name, shape);
    return facts + "\n" + types;
  }

 private:
  template <typename T>
  static std::string name_of() {
    const auto whole = boost::core::demangle(typeid(T).name());
    return whole.substr(whole.rfind(':') + 1);
  }
  template <typename T>
  std::string fields_of() {
    std::string fields;
    boost::mp11::mp_for_each<codec::MembersOf<T>>([&](auto member) {
      using Field = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
      fields += fmt::format("{}`{}` {}", fields.empty() ? "" : ", ", member.name, shape_of<Field>());
    });
    return fields;
  }
  template <typename T>
  static std::string names_of() {
    std::string names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&](auto enumerator) { names += fmt::format("{}`\"{}\"`", names.empty() ? "" : ", ", enumerator.name); });
    return names;
  }
  template <typename T>
  std::string shape_of() {
    if constexpr (std::same_as<T, bool>) return "boolean";
    else if constexpr (std::integral<T>) return "integer";
    else if constexpr (std::same_as<T, std::string> || codec::is_id<T>) return "string";
    else if constexpr (std::same_as<T, Timestamp>) return "time";
    else if constexpr (std::same_as<T, Moment>) return "moment";
    else if constexpr (std::same_as<T, Digest> || std::same_as<T, PublicKey>) return "hex32";
    else if constexpr (std::same_as<T, Signature>) return "hex64";
    else if constexpr (codec::is_optional<T>) return shape_of<typename T::value_type>() + "?";
    else if constexpr (codec::Enumerated<T>) return types_[name_of<T>()] = names_of<T>(), name_of<T>();
    else if constexpr (codec::Described<T>) return types_[name_of<T>()] = fields_of<T>(), name_of<T>();
    else return "array of " + shape_of<typename T::value_type>();
  }
  std::map<std::string, std::string> types_;
};

TEST(LedgerFormatDoc, ListsEveryKindOfFactWithItsFields) {
  const auto path = std::string{KULLA_SOURCE_DIR} + "/docs/ledger-format.md";
  auto text = read_file(path, std::size_t{1} << 20).value();
  const auto begin = text.find(begin_mark) + begin_mark.size(), end = text.find(end_mark);
  ASSERT_LE(begin, end);
  ASSERT_NE(end, std::string::npos);
  const auto lists = Lists{}.all();
  if (std::getenv("KULLA_REWRITE_GOLDEN")) ASSERT_TRUE(write_file_atomic(path, text.replace(begin, end - begin, lists)));
  else EXPECT_EQ(text.substr(begin, end - begin), lists) << "the facts changed: run this test with KULLA_REWRITE_GOLDEN=1";
}
}  // namespace
}  // namespace kulla
