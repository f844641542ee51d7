// How jemalloc deals with memory that this process has freed. Pages and batches of some megabytes
// come and go hundreds of times a second: blocks of more than 8 MiB, which it would give back to
// the system at once and get back page by page, are kept for a while as all others are. A few
// arenas do; by itself it makes four for each processor.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "oversize_threshold:0,narenas:4";
}
