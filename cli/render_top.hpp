// What `millrace top` shows of a host.
#pragma once

#include <cstddef>
#include <string>

namespace millrace {

/// The host and its pipelines, those first that run, fail or wait for a place, in at most `height`
/// lines of at most `width` cells. `status`: as the host answered, in brief.
std::string render_top(const std::string& status, std::size_t width, std::size_t height,
                       bool color);

}  // namespace millrace
