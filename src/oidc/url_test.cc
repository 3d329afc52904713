#include "oidc/url.h"

#include <gtest/gtest.h>

namespace tocsin::oidc {
namespace {

TEST(Url, IsReadIntoItsParts) {
  const auto parts = [](const char* text) {
    const Result<Url> url = read_url(text);
    return url ? url->origin() + " " + url->host + " " + std::to_string(url->port) + " " + url->target : url.error().message;
  };
  EXPECT_EQ(parts("https://Login.Example.org"), "https://login.example.org login.example.org 443 /");
  EXPECT_EQ(parts("HTTPS://a:8443/b?c=d"), "https://a:8443 a 8443 /b?c=d");
  EXPECT_EQ(parts("http://127.0.0.1:80?x"), "http://127.0.0.1 127.0.0.1 80 /?x");
  EXPECT_EQ(parts("https://[2001:DB8::1]:9/x"), "https://[2001:db8::1]:9 2001:db8::1 9 /x");
}

TEST(Url, ThatIsNone) {
  for (const char* const text : {"", "https://", "https:///x", "ftp://a", "//a", "a", "https://a b", "https://a\r\nX: y", "https://a/\"", "https://user@a", "https://a:0", "https://a:65536", "https://a:",
                                 "https://a:8x", "https://[::1", "https://[x]", "https://[fe80::1%25eth0]", "https://a#b", "https://a/<", "https://\xc3\xa4"}) {
    EXPECT_FALSE(read_url(text)) << text;
  }
  EXPECT_TRUE(read_url("https://a/" + std::string(kUrlBytesMax - 10, 'x')));
  EXPECT_FALSE(read_url("https://a/" + std::string(kUrlBytesMax - 9, 'x')));
}

TEST(Url, WithoutTlsIsForThisMachineAlone) {
  for (const char* const text : {"http://127.0.0.1:1/", "http://localhost", "http://[::1]:3000/x", "https://login.example.org"}) EXPECT_TRUE(read_safe_url(text)) << text;
  for (const char* const text : {"http://login.example.org", "http://10.0.0.1", "http://localhost.example.org", "http://128.0.0.1"}) EXPECT_FALSE(read_safe_url(text)) << text;
}

TEST(Url, FormsAreEncoded) {
  std::string form;
  append_form(form, "a", "x y&z=\"ä\"");
  append_form(form, "b", "-._~Az09");
  EXPECT_EQ(form, "a=x%20y%26z%3D%22%C3%A4%22&b=-._~Az09");
}

}  // namespace
}  // namespace tocsin::oidc
