#include "notify/xml.hpp"

#include <libxml/xmlwriter.h>

#include "base/result.hpp"
#include "base/shown_text.hpp"

namespace kulla::notify {
namespace {
const xmlChar* as_xml(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

/// A line end stays; what no XML 1.0 document may hold, and what is no UTF-8, is escaped as in any foreign text.
std::string fit(std::string_view text) {
  std::string lines;
  for (;;) {
    const auto end = text.find('\n');
    lines += shown_text(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    lines += '\n';
    text.remove_prefix(end + 1);
  }
}
}  // namespace

struct Xml::Writer {
  xmlBufferPtr buffer = xmlBufferCreate();
  xmlTextWriterPtr writer = xmlNewTextWriterMemory(buffer, 0);
  ~Writer() {
    if (writer) xmlFreeTextWriter(writer);
    xmlBufferFree(buffer);
  }
  void must(int result) const { KULLA_ASSERT(result >= 0); }  // it writes to memory: only a mistake of ours can fail
};

Xml::Xml() : writer_(std::make_unique<Writer>()) {
  KULLA_ASSERT(writer_->writer);
  writer_->must(xmlTextWriterSetIndent(writer_->writer, 1));
  writer_->must(xmlTextWriterStartDocument(writer_->writer, "1.0", "UTF-8", nullptr));
}
Xml::~Xml() = default;

Xml& Xml::begin(const char* element, Attributes attributes) {
  writer_->must(xmlTextWriterStartElement(writer_->writer, as_xml(element)));
  for (const auto& [name, value] : attributes)
    writer_->must(xmlTextWriterWriteAttribute(writer_->writer, as_xml(name), as_xml(fit(value).c_str())));
  return *this;
}
Xml& Xml::end() {
  writer_->must(xmlTextWriterEndElement(writer_->writer));
  return *this;
}
Xml& Xml::element(const char* name, std::string_view text, Attributes attributes) {
  begin(name, attributes);
  writer_->must(xmlTextWriterWriteString(writer_->writer, as_xml(fit(text).c_str())));
  return end();
}

std::string Xml::text() {
  writer_->must(xmlTextWriterEndDocument(writer_->writer));
  return {reinterpret_cast<const char*>(xmlBufferContent(writer_->buffer)), static_cast<std::size_t>(xmlBufferLength(writer_->buffer))};
}
}  // namespace kulla::notify
