// XML, written by libxml2: well formed whatever the texts hold. Inside notify/ only.
#pragma once
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace kulla::notify {

class Xml {
 public:
  Xml();
  ~Xml();
  Xml(const Xml&) = delete;
  using Attributes = std::initializer_list<std::pair<const char*, std::string>>;
  Xml& begin(const char* element, Attributes attributes = {});
  Xml& end();
  /// An element with text alone.
  Xml& element(const char* name, std::string_view text, Attributes attributes = {});
  /// The whole document; nothing is written after it.
  [[nodiscard]] std::string text();

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace kulla::notify
