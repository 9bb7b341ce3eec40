#include "detect/detector.hpp"
#include "event/uri.hpp"

namespace kulla::detect {

ObjectRef object_ref_of_path(const Pseudonyms& pseudonyms, const ServiceId& service, std::string_view path) {
  std::string text = service.str();
  text += '\n';  // in no service's id
  text += event::clean_path(path);
  return ObjectRef{pseudonyms.of(text)};
}

ObjectRef object_ref(const Pseudonyms& pseudonyms, const ServiceId& service, std::string_view url_path) {
  std::string path;
  event::percent_decode(event::split_uri(url_path).stem, false, path);
  return object_ref_of_path(pseudonyms, service, path);
}

}  // namespace kulla::detect
