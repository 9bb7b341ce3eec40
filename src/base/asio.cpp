// Asio and Beast, compiled here once (see CMakeLists.txt), so that including them elsewhere stays cheap.
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
