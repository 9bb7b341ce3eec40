// The ways out, to real servers on loopback, and what they carry.
#include "notify/outlets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "notify/records.hpp"
#include "notify/sink.hpp"

namespace kulla::notify::test {
namespace {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Outlets : public testing::Test {
 protected:
  Outlets() {
    story.closed("tax");
    story.release();
    write("secret", "the shared secret\n");
    write("password", "of the mail server\n");
    settings.url = "https://status.example/";
  }
  void write(const std::string& name, std::string_view text) { ASSERT_TRUE(write_file_atomic(folder.path() / name, text, 0600)); }
  [[nodiscard]] Publication publication() const { return {story.record, languages(), tirane(), settings}; }
  [[nodiscard]] Result<> send(const std::string& name) const {
    for (const auto& outlet : outlets_of(settings))
      if (outlet.name == name) return outlet.send(publication());
    return fail(Code::not_found, name);
  }
  std::vector<StatementText>& texts() { return story.record.releases.back().statement.texts; }

  TemporaryFolder folder = TemporaryFolder::make("kulla-outlets").value();
  Story story;
  OutletSettings settings;
};

TEST_F(Outlets, the_webhook_posts_what_was_released_with_a_signature_over_it) {
  const Sink sink{"http"};
  settings.webhook = WebhookSettings{"http://127.0.0.1:" + sink.port() + "/hook", folder.path() / "secret", {}};
  const auto sent = send("webhook");
  ASSERT_TRUE(sent) << sent.error().message();
  const auto took = sink.at(1);
  const std::string head{took.at("head").as_string()}, body{took.at("body").as_string()};
  EXPECT_EQ(body, webhook_body(story.record.releases.back()));
  EXPECT_THAT(head, AllOf(HasSubstr("POST /hook HTTP/1.1"), HasSubstr("Content-Type: application/json"),
                          HasSubstr("X-Kulla-Signature: " + webhook_signature("the shared secret", body))));
  const auto object = parse_json(body).value().as_object();
  EXPECT_EQ(object.at("kulla"), "statement/1");
  EXPECT_EQ(object.at("texts").at("en"), "Some services are closed.");
  EXPECT_THAT(body, Not(HasSubstr("anna"))) << "who released it is nobody's business outside";
}

TEST_F(Outlets, a_signature_is_the_hmac_of_rfc_4231) {
  EXPECT_EQ(webhook_signature("Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_F(Outlets, a_webhook_that_refuses_or_is_not_there_is_an_error) {
  const Sink sink{"http", {"--fail", "1"}};
  settings.webhook = WebhookSettings{"http://127.0.0.1:" + sink.port() + "/a-secret-path", folder.path() / "secret", {}};
  EXPECT_THAT(send("webhook").error().what, HasSubstr("503"));
  EXPECT_TRUE(send("webhook"));
  settings.webhook->url = "http://127.0.0.1:1/a-secret-path";
  EXPECT_THAT(send("webhook").error().what, AllOf(HasSubstr("127.0.0.1:1"), Not(HasSubstr("a-secret-path"))));
}

TEST_F(Outlets, the_webhook_posts_over_https_only_but_to_this_machine) {
  for (const auto* url : {"https://example.org/x", "http://127.0.0.1:8080/", "http://[::1]/", "http://127.9.9.9/"})
    EXPECT_TRUE(may_post_to(url)) << url;
  for (const auto* url : {"http://example.org/", "http://localhost/", "ftp://127.0.0.1/", "file:///etc/passwd", "https://", "",
                          "https://a:b@example.org/", "http://127.0.0.1.example.org/"})
    EXPECT_FALSE(may_post_to(url)) << url;
  settings.webhook = WebhookSettings{"http://example.org/", folder.path() / "secret", {}};
  EXPECT_EQ(send("webhook").error().code, Code::bad_config);
}

TEST_F(Outlets, mail_goes_to_each_address_alone_with_a_part_a_language) {
  const Sink sink{"smtp"};
  texts() = {{"sq", "Tri shërbime janë mbyllur.\n.Kjo është e gjitha."}, {"en", "Three services are closed."}};
  settings.mail = MailSettings{"smtp://127.0.0.1:" + sink.port(), "press@gov.example", {"a@news.example", "b@news.example"}, {}, {}, {}};
  for (const auto* way : {"mail-1", "mail-2"}) {
    const auto sent = send(way);
    ASSERT_TRUE(sent) << sent.error().message();
  }
  ASSERT_EQ(sink.taken(), 2u);
  const auto took = sink.at(2);
  EXPECT_THAT(std::string(took.at("head").at("from").as_string()), HasSubstr("<press@gov.example>"));
  EXPECT_EQ(took.at("head").at("to"), (json::array{"<b@news.example>"}));
  const std::string body{took.at("body").as_string()};
  EXPECT_THAT(body, AllOf(HasSubstr("To: <b@news.example>\r\n"), Not(HasSubstr("a@news.example")), HasSubstr("Content-Language: sq"),
                          HasSubstr("Content-Language: en"), HasSubstr("text/plain; charset=utf-8"),
                          HasSubstr("Tri sh=C3=ABrbime jan=C3=AB mbyllur."), HasSubstr("Three services are closed."),
                          HasSubstr("Subject: =?UTF-8?B?"), HasSubstr("Date: Fri, 15 Jul 2022 "), HasSubstr("+0200"),
                          HasSubstr("Message-ID: <kulla-statement-")));
}

TEST_F(Outlets, a_mail_server_that_is_busy_is_an_error_and_is_asked_again) {
  const Sink sink{"smtp", {"--fail", "1"}};
  settings.mail = MailSettings{"smtp://127.0.0.1:" + sink.port(), "press@gov.example", {"a@news.example"}, {}, {}, {}};
  EXPECT_FALSE(send("mail-1"));
  EXPECT_TRUE(send("mail-1"));
  EXPECT_EQ(sink.taken(), 1u);
}

TEST_F(Outlets, mail_goes_over_tls_where_the_server_has_it_and_only_to_the_server_that_is_trusted) {
  const auto pem = [&](const std::string& name) { return (folder.path() / name).string(); };
  for (const std::string name : {"server", "other"}) {
    const auto made =
        run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=sink",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", pem(name + ".key"), "-out", pem(name + ".crt")});
    ASSERT_TRUE(made && made->exit_code == 0);
    write(name, *read_file(pem(name + ".key"), 1 << 16) + *read_file(pem(name + ".crt"), 1 << 16));
  }
  const Sink sink{"smtp", {"--cert", pem("server")}};
  settings.mail = MailSettings{"smtp://127.0.0.1:" + sink.port(), "press@gov.example", {"a@news.example"}, {}, {}, pem("other.crt")};
  EXPECT_FALSE(send("mail-1")) << "another one answers";
  EXPECT_EQ(sink.taken(), 0u);
  settings.mail->ca = pem("server.crt");
  const auto sent = send("mail-1");
  ASSERT_TRUE(sent) << sent.error().message();
  EXPECT_EQ(sink.at(1).at("head").at("tls"), true);
}

TEST_F(Outlets, mail_beyond_this_machine_goes_only_over_tls) {
  EXPECT_TRUE(may_mail_by("smtps://mail.example"));
  EXPECT_TRUE(may_mail_by("smtp://mail.example:587"));
  for (const auto* url : {"http://mail.example", "mail.example", "smtp://", "smtp://a:b@mail.example"})
    EXPECT_FALSE(may_mail_by(url)) << url;
}

TEST(HeaderText, holds_nothing_that_begins_another_header) {
  EXPECT_EQ(header_text("Statement"), "Statement");
  EXPECT_EQ(header_text("a\r\nBcc: x@y.example"), "=?UTF-8?B?YQ0KQmNjOiB4QHkuZXhhbXBsZQ==?=");
  EXPECT_EQ(header_text("=?UTF-8?B?YQ==?="), "=?UTF-8?B?PT9VVEYtOD9CP1lRPT0/PQ==?=");
  const auto longer = header_text(std::string(40, 'a') + "ëëëëëëëëëë");
  EXPECT_THAT(longer, HasSubstr("?=\r\n =?UTF-8?B?"));
  for (std::size_t at = 0; at < longer.size();) {
    const auto end = std::min(longer.find("\r\n", at), longer.size());
    EXPECT_LE(end - at, 76u);
    at = end + 2;
  }
}

TEST(MailAddress, is_one_and_nothing_else) {
  EXPECT_TRUE(is_mail_address("press@gov.example"));
  for (const auto* text : {"", "press", "@gov.example", "press@", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<c@d>", "<a@b>", "a@b,c@d", "\"a\"@b",
                           "shtyp@qeveria.shqipëri"})
    EXPECT_FALSE(is_mail_address(text)) << text;
}

// --- CAP and Atom

struct FreeXml {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
  void operator()(xmlSchema* schema) const { xmlSchemaFree(schema); }
  void operator()(xmlSchemaParserCtxt* parser) const { xmlSchemaFreeParserCtxt(parser); }
  void operator()(xmlSchemaValidCtxt* checker) const { xmlSchemaFreeValidCtxt(checker); }
};
std::unique_ptr<xmlDoc, FreeXml> parsed(const std::string& text) {
  return std::unique_ptr<xmlDoc, FreeXml>{xmlReadMemory(text.data(), static_cast<int>(text.size()), "", nullptr, XML_PARSE_NONET)};
}
/// What the schema of OASIS says against it; empty where nothing.
std::string against_cap_schema(const std::string& text) {
  const auto file = std::string(KULLA_SOURCE_DIR) + "/tests/notify/cap/CAP-v1.2.xsd";
  const std::unique_ptr<xmlSchemaParserCtxt, FreeXml> parser{xmlSchemaNewParserCtxt(file.c_str())};
  const std::unique_ptr<xmlSchema, FreeXml> schema{xmlSchemaParse(parser.get())};
  if (!schema) return "the schema cannot be read";
  const std::unique_ptr<xmlSchemaValidCtxt, FreeXml> checker{xmlSchemaNewValidCtxt(schema.get())};
  std::string problems;
  xmlSchemaSetValidStructuredErrors(
      checker.get(), [](void* to, xmlError* error) { *static_cast<std::string*>(to) += error->message; }, &problems);
  const auto document = parsed(text);
  if (!document) return "not well formed";
  return xmlSchemaValidateDoc(checker.get(), document.get()) == 0 ? "" : problems;
}

TEST_F(Outlets, the_cap_message_is_valid_by_the_schema_of_oasis) {
  settings.cap = CapSettings{folder.path() / "cap.xml", "statements@gov.example", "Agjencia", "Shqipëri", false};
  const auto message = cap_message(publication());
  EXPECT_EQ(against_cap_schema(message), "") << message;
  EXPECT_THAT(message, AllOf(HasSubstr("<status>Actual</status>"), HasSubstr("<msgType>Alert</msgType>"),
                             HasSubstr("<language>sq</language>"), HasSubstr("<language>en</language>"),
                             HasSubstr("<urgency>Immediate</urgency>"), HasSubstr("<sent>2022-07-15T12:04:00+02:00</sent>"),
                             HasSubstr("<areaDesc>Shqipëri</areaDesc>"), HasSubstr("<web>https://status.example/</web>")));
  ASSERT_TRUE(send("cap"));
  EXPECT_EQ(read_file(settings.cap->file, 1 << 20).value(), message);
}

TEST_F(Outlets, the_schema_finds_what_is_wrong) {
  settings.cap = CapSettings{folder.path() / "cap.xml", "statements@gov.example", "", "", false};
  auto message = cap_message(publication());
  EXPECT_EQ(against_cap_schema(message), "");
  message.replace(message.find("Actual"), 6, "Serious");
  EXPECT_THAT(against_cap_schema(message), HasSubstr("Serious"));
}

TEST_F(Outlets, a_later_cap_message_updates_the_one_before_and_an_all_clear_says_so) {
  settings.cap = CapSettings{folder.path() / "cap.xml", "statements@gov.example", "", "", true};
  const auto first = cap_message(publication());
  auto& tax = story.service("tax");
  tax.closure.reset();
  tax.gate = GateMode::open;
  tax.standing = Standing::open;
  story.release();
  const auto second = cap_message(publication());
  EXPECT_EQ(against_cap_schema(second), "") << second;
  const auto begin = first.find("<identifier>") + 12;
  const auto identifier = first.substr(begin, first.find('<', begin) - begin);
  EXPECT_THAT(second, AllOf(HasSubstr("<msgType>Update</msgType>"), HasSubstr("<status>Exercise</status>"),
                            HasSubstr("<responseType>AllClear</responseType>"),
                            HasSubstr("<references>statements@gov.example," + identifier + ",2022-07-15T12:04:00+02:00</references>")));
  story.release();
  EXPECT_THAT(cap_message(publication()), HasSubstr("<msgType>Alert</msgType>")) << "after an all-clear it is a new matter";
}

TEST_F(Outlets, hostile_text_stays_text_in_cap_and_atom) {
  settings.cap = CapSettings{folder.path() / "cap.xml", "statements@gov.example", "<b>&\"", "]]>", false};
  settings.feed = folder.path() / "feed.atom";
  texts() = {{"sq", "<script>alert(1)</script>\n]]> & \xFF\x01 \xEF\xBF\xBF"}, {"en", "]]><alert/>"}};
  EXPECT_EQ(against_cap_schema(cap_message(publication())), "");
  const auto feed = atom_feed(publication());
  EXPECT_TRUE(parsed(feed)) << feed;
  EXPECT_THAT(feed, AllOf(Not(HasSubstr("<script")), HasSubstr("&lt;script&gt;")));
}

TEST_F(Outlets, the_feed_has_an_entry_a_language_of_each_release) {
  settings.feed = folder.path() / "feed.atom";
  story.release();
  ASSERT_TRUE(send("feed"));
  const auto feed = read_file(settings.feed, 1 << 20).value();
  ASSERT_TRUE(parsed(feed)) << feed;
  std::size_t entries = 0;
  for (auto at = feed.find("<entry"); at != std::string::npos; at = feed.find("<entry", at + 1)) ++entries;
  EXPECT_EQ(entries, 4u);
  EXPECT_THAT(feed, AllOf(HasSubstr("xml:lang=\"sq\""), HasSubstr("https://status.example/#statement-")));
}

TEST_F(Outlets, a_draft_says_that_it_is_one) {
  settings.cap = CapSettings{folder.path() / "cap.xml", "statements@gov.example", "", "", false};
  Story fresh;
  fresh.closed("tax");
  const auto draft = with_draft(fresh.record, judge(fresh.record), languages(), tirane());
  const auto message = cap_message({draft, languages(), tirane(), settings, {}, true});
  EXPECT_EQ(against_cap_schema(message), "") << message;
  EXPECT_THAT(message, AllOf(HasSubstr("<status>Draft</status>"), HasSubstr("1 service of 1 is closed for protection: tax.example.")));
}
}  // namespace
}  // namespace kulla::notify::test
