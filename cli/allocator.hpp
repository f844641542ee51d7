// How this process deals with memory that it has freed.
#pragma once

#include <malloc.h>

namespace millrace {

/// Before any thread. Pages and batches of some megabytes come and go hundreds of times a second:
/// memory that goes back to the system each time comes back page by page, which took half of a
/// writer's own time. What is kept is bounded, and used for what comes next.
inline void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kept_bytes = 64 << 20;
  mallopt(M_MMAP_THRESHOLD, kept_bytes);
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
#endif
}

}  // namespace millrace
