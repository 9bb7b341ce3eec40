// One JSON object as an event, on simdjson's on-demand view: values are not decoded until somebody asks for them.
#pragma once
#include <memory>
#include <string_view>

#include "event/event.hpp"

namespace kulla::event {

class JsonRecord {
 public:
  JsonRecord();
  ~JsonRecord();
  /// Fills `event`, which lasts as long as `object`; read_padding bytes after it must be readable. An empty answer is success, else
  /// what is wrong; the event then has the fields before it.
  [[nodiscard]] std::string_view read(std::string_view object, Event& event);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace kulla::event
