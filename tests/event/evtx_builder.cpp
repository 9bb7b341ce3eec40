#include "event/evtx_builder.hpp"

namespace kulla::test::evtx {

Chunk& Chunk::raw_record(const Write& write) {
  const auto begin = at();
  raw({"**\0\0", 4}).put<std::uint32_t>(0).put<std::uint64_t>(++records).put(written);
  write(*this);
  put<std::uint32_t>(0);
  patch(begin + 4, at() - begin);
  patch(at() - 4, at() - begin);
  return *this;
}

std::string Chunk::finish(bool whole) const {
  Writer out = *this;
  out.bytes.replace(0, 8, std::string{"ElfChnk\0", 8});
  out.patch<std::uint32_t>(40, 128);
  out.patch(48, out.at());
  out.patch(52, plain_crc32(std::string_view{out.bytes}.substr(512)));
  out.patch(124, plain_crc32(out.bytes.substr(0, 120) + out.bytes.substr(128, 384)));
  if (whole) out.bytes.resize(std::size_t{1} << 16);
  return out.bytes;
}

std::uint32_t plain_crc32(std::string_view bytes) {
  std::uint32_t sum = 0xFFFFFFFF;
  for (const char byte : bytes) {
    sum ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ (0xEDB88320U & (0U - (sum & 1)));
  }
  return ~sum;
}

std::string file(const std::vector<std::string>& chunks) {
  std::string bytes{"ElfFile\0", 8};
  bytes.resize(4096);
  for (const auto& chunk : chunks) bytes += chunk;
  return bytes;
}

void event_template(Writer& to) {
  to.open("Event", true).attribute("xmlns").text(u"http://example.org/events").close_start();
  to.open("System").close_start();
  to.open("Provider", true).attribute("Name").text(u"Made").attribute("Guid").slot(0).close_empty();
  to.open("EventID", true).attribute("Qualifiers").slot(1).close_start().slot(2).end();
  to.leaf("Level", 3).leaf("Keywords", 4);
  to.open("TimeCreated", true).attribute("SystemTime").slot(5).close_empty();
  to.leaf("EventRecordID", 6);
  to.open("Correlation", true).attribute("ActivityID").slot(7).close_empty();
  to.open("Execution", true).attribute("ProcessID").slot(8).attribute("ThreadID").slot(9).close_empty();
  to.open("Channel").close_start().text(u"Made/Operational").end();
  to.open("Security", true).attribute("UserID").slot(10).close_empty();
  to.end().slot(11).end();
}

std::vector<Value> event_values(std::uint16_t id, const Value& rest) {
  const std::string guid{"\x5f\x38\x70\x57\x2a\xc2\xe0\x43\xbf\x4c\x06\xf5\x69\x8f\xfb\xd9", 16};
  const std::string system{"\x01\x01\0\0\0\0\0\x05\x12\0\0\0", 12};
  return {bytes(0x0F, guid),
          none(),
          number<std::uint16_t>(0x06, id),
          number<std::uint8_t>(0x04, 4),
          number<std::uint64_t>(0x15, 0x8000'0000'0000'0000),
          number<std::uint64_t>(0x11, 134'058'734'734'409'070),
          number<std::uint64_t>(0x0A, 77),
          none(),
          number<std::uint32_t>(0x08, 3308),
          number<std::uint32_t>(0x08, 4008),
          bytes(0x13, system),
          rest};
}

void ordinary(Writer& to, std::uint16_t id, std::u16string a, std::u16string b) {
  const auto rest = binxml([=](Writer& in) {
    in.fragment().instance("data",
                           [](Writer& data) { data.open("EventData").close_start().data(u"A", 0).data(u"B", 1).leaf("Data", 2).end(); },
                           {string(a), string(b), number<std::int32_t>(0x07, -5)});
    in.end_of_stream();
  });
  to.instance("event", event_template, event_values(id, rest));
}

}  // namespace kulla::test::evtx
