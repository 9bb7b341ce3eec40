// kulla-picture: an SVG on standard input as a PNG on standard output. Beside kulla, so that what draws is loaded only when something is
// drawn. It reads what kulla drew; nothing outside that text is loaded.
#include <cairo.h>
#include <fmt/format.h>
#include <librsvg/rsvg.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "base/file.hpp"

namespace {
constexpr std::size_t input_most = std::size_t{64} << 20;
constexpr double scale = 2;  // for screens of twice the density, and for print
constexpr double side_most = 20'000;

int complain(std::string_view what) {
  fmt::print(stderr, "kulla-picture: {}\n", what);  // lint(stdout): it is a program of its own
  return 2;
}
kulla::Result<std::string> read_input() {
  std::string content;
  std::array<char, 65536> buffer{};
  for (ssize_t got; (got = ::read(STDIN_FILENO, buffer.data(), buffer.size())) > 0;) {
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > input_most) return kulla::fail(kulla::Code::too_large, "standard input");
  }
  return content;
}
cairo_status_t put(void*, const unsigned char* data, unsigned size) {
  const auto written = kulla::write_all(STDOUT_FILENO, {reinterpret_cast<const char*>(data), size}, "standard output");
  return written ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}
int draw(RsvgHandle* handle) {
  double width = 0, height = 0;
  if (!rsvg_handle_get_intrinsic_size_in_pixels(handle, &width, &height) || width <= 0 || height <= 0 || width * scale > side_most ||
      height * scale > side_most)
    return complain("the drawing has no usable size");
  auto* surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(width * scale)),
                                             static_cast<int>(std::ceil(height * scale)));
  auto* cairo = cairo_create(surface);
  cairo_set_source_rgb(cairo, 1, 1, 1);
  cairo_paint(cairo);
  cairo_scale(cairo, scale, scale);
  const RsvgRectangle whole{0, 0, width, height};
  const bool drawn = rsvg_handle_render_document(handle, cairo, &whole, nullptr);
  cairo_destroy(cairo);
  const bool written = drawn && cairo_surface_write_to_png_stream(surface, put, nullptr) == CAIRO_STATUS_SUCCESS;
  cairo_surface_destroy(surface);
  return written ? 0 : complain("it could not be drawn");
}
}  // namespace

int main() {
  const auto svg = read_input();
  if (!svg) return complain(svg.error().message());
  auto* handle = rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg->data()), svg->size(), nullptr);
  if (!handle) return complain("standard input is no SVG");
  const int code = draw(handle);
  g_object_unref(handle);
  return code;
}
