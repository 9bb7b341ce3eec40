#include "serve/squeeze.hpp"

#include <libdeflate.h>

#include <algorithm>

namespace kulla::serve {
namespace {
constexpr std::size_t worth_it = 1400;          // below, it is one packet anyway
constexpr std::size_t largest = std::size_t{64} << 20;
constexpr int level = 5;                        // 1 MB of snapshot in some 10 ms

struct Free {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};
}  // namespace

Text squeeze(std::string_view text) {
  if (text.size() < worth_it || text.size() > largest) return {};
  const std::unique_ptr<libdeflate_compressor, Free> compressor{libdeflate_alloc_compressor(level)};
  if (!compressor) return {};
  std::string out(text.size() - text.size() / 16, '\0');
  const auto size = libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), out.data(), out.size());
  if (size == 0) return {};
  out.resize(size);
  out.shrink_to_fit();
  return std::make_shared<std::string>(std::move(out));
}

Text Squeezer::known(const Text& text) {
  const std::scoped_lock lock{mutex_};
  std::erase_if(done_, [](const Done& each) { return each.text.expired(); });
  const auto found = std::ranges::find_if(done_, [&](const Done& each) { return each.text.lock() == text; });
  return found == done_.end() ? Text{} : found->small.lock();
}

Text Squeezer::of(const Text& text) {
  if (!text || text->size() < worth_it) return {};
  if (auto small = known(text)) return small;
  auto small = squeeze(*text);
  if (!small) return {};
  const std::scoped_lock lock{mutex_};
  done_.push_front({text, small, text->size() <= kept_up_to ? small : Text{}});
  if (done_.size() > remembered) done_.pop_back();
  return small;
}

}  // namespace kulla::serve
