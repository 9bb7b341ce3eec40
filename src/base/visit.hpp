// Several lambdas as one visitor of a std::variant.
#pragma once

namespace kulla {

template <typename... Ts>
struct Visit : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Visit(Ts...) -> Visit<Ts...>;

}  // namespace kulla
