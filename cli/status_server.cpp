// Two threads of the server's own serve all requests; the answers are made from the board.
#include "cli/status_server.hpp"

#include "cli/json_parts.hpp"
#include "cli/status_board.hpp"
#include "engine/config/values.hpp"

#include <fmt/format.h>

#include <httplib.h>
#include <thread>
#include <utility>

namespace millrace {
namespace {

constexpr const char* json_type = "application/json";
constexpr const char* text_type = "text/plain; charset=utf-8";
constexpr std::size_t threads = 2;
constexpr std::size_t body_bytes_max = 1024;
constexpr int patience_seconds = 5;  // of whoever asks slowly

/// "[::1]:9470" -> "::1", 9470.
std::pair<std::string, int> host_and_port(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return {host, std::stoi(address.substr(colon + 1))};
}

/// A page of the web must not reach the host through a name of its own that leads to loopback.
bool is_asked_as_loopback(const httplib::Request& request) {
  const std::string host = request.get_header_value("Host");
  const std::string name = host.substr(0, host.rfind(':'));
  return name == "127.0.0.1" || name == "[::1]" || name == "localhost";
}

void refuse(httplib::Response& response, int status, const error& why) {
  response.status = status;
  response.set_content(boost::json::serialize(boost::json::object{{"error", error_json(why)}}),
                       json_type);
}

}  // namespace

class status_server::core {
 public:
  core(const status_board& board, status_orders orders, std::function<time_point()> now)
      : board_(board), orders_(std::move(orders)), now_(std::move(now)) {}

  result<void> start(const std::string& address) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    server_.set_payload_max_length(body_bytes_max);
    server_.set_read_timeout(patience_seconds, 0);
    server_.set_write_timeout(patience_seconds, 0);
    server_.set_keep_alive_max_count(100);
    server_.set_pre_routing_handler([](const httplib::Request& q, httplib::Response& a) {
      if (is_asked_as_loopback(q)) return httplib::Server::HandlerResponse::Unhandled;
      a.status = 403;
      a.set_content("asked by a name that is not loopback\n", text_type);
      return httplib::Server::HandlerResponse::Handled;
    });
    add_pages();
    add_orders();
    const auto [host, port] = host_and_port(address);
    const int bound = port == 0                          ? server_.bind_to_any_port(host)
                      : server_.bind_to_port(host, port) ? port
                                                         : -1;
    if (bound < 0)
      return failure(errc::held, fmt::format("nothing can be served at {}", address),
                     "Another process uses the port: name another in [host] `http`, or \"off\"");
    address_ = address.substr(0, address.rfind(':') + 1) + std::to_string(bound);
    serving_ = std::thread([this] { server_.listen_after_bind(); });
    // Before that it could not be told to stop; the library has no other way to tell.
    while (!server_.is_running())
      std::this_thread::yield();
    return {};
  }

  ~core() {
    server_.stop();
    if (serving_.joinable()) serving_.join();
  }
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  void add_pages() {
    server_.Get("/healthz", [](const httplib::Request&, httplib::Response& a) {
      a.set_content("ok\n", text_type);
    });
    server_.Get("/readyz", [this](const httplib::Request&, httplib::Response& a) {
      const bool ready = board_.ready();
      a.status = ready ? 200 : 503;
      a.set_content(ready ? "ready\n" : "not ready\n", text_type);
    });
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& a) {
      a.set_content(board_.metrics(orders_.use(), now_()),
                    "text/plain; version=0.0.4; charset=utf-8");
    });
    server_.Get("/v1/status", [this](const httplib::Request& q, httplib::Response& a) {
      const std::string pipeline = q.get_param_value("pipeline");
      const auto wanted =
          q.get_param_value("detail") == "brief" ? status_detail::brief : status_detail::whole;
      if (const auto status = board_.status_json(pipeline, wanted, orders_.use(), now_())) {
        a.set_content(*status, json_type);
      } else {
        refuse(a, 404,
               {errc::usage,
                fmt::format("there is no pipeline '{}'", pipeline),
                {},
                retry::never,
                {},
                {}});
      }
    });
  }

  void add_orders() {
    using order = std::function<result<void>(const std::string&)>;
    const auto serve = [this](const char* word, const order& what) {
      server_.Post(fmt::format("/v1/pipelines/([A-Za-z0-9_-]+)/{}", word),
                   [&what](const httplib::Request& q, httplib::Response& a) { obey(what, q, a); });
    };
    serve("sync", orders_.sync);
    serve("pause", orders_.pause);
    serve("resume", orders_.resume);
  }

  static void obey(const std::function<result<void>(const std::string&)>& order,
                   const httplib::Request& q, httplib::Response& a) {
    // A form of a web page cannot say this without asking first.
    if (q.get_header_value("Content-Type") != json_type)
      return refuse(a, 415,
                    {errc::usage, "an order is application/json", {}, retry::never, {}, {}});
    const result<void> done = order(q.matches[1].str());
    if (!done) {
      const errc code = done.error().code;
      return refuse(a, code == errc::usage ? 404 : code == errc::held ? 409 : 503, done.error());
    }
    a.status = 202;
    a.set_content("{}", json_type);
  }

  const status_board& board_;
  status_orders orders_;
  std::function<time_point()> now_;
  httplib::Server server_;
  std::string address_;
  std::thread serving_;
};

status_server::status_server(std::unique_ptr<core> inner) : core_(std::move(inner)) {}
status_server::~status_server() = default;

result<std::unique_ptr<status_server>> status_server::open(const std::string& address,
                                                           const status_board& board,
                                                           status_orders orders,
                                                           std::function<time_point()> now) {
  auto inner = std::make_unique<core>(board, std::move(orders), std::move(now));
  MILLRACE_CHECK(inner->start(address));
  return std::unique_ptr<status_server>(new status_server(std::move(inner)));
}

const std::string& status_server::address() const {
  return core_->address();
}

namespace {

result<httplib::Client> client_of(const std::string& address, const std::string& pipeline) {
  if (!pipeline.empty() && !is_config_name(pipeline))
    return failure(errc::usage, fmt::format("'{}' is no name of a pipeline", pipeline),
                   "Letters, digits, '_' and '-'");
  const auto [host, port] = host_and_port(address);
  httplib::Client client(host, port);
  client.set_connection_timeout(patience_seconds, 0);
  client.set_read_timeout(patience_seconds, 0);
  return client;
}

result<std::string> taken(const httplib::Result& answer, const std::string& address,
                          const std::string& pipeline) {
  if (!answer)
    return failure(errc::http_connect, fmt::format("no host answers at {}", address),
                   "`millrace run` serves there, by [host] `http`", retry::later);
  if (answer->status == 404)
    return failure(errc::usage,
                   fmt::format("the host at {} has no pipeline '{}'", address, pipeline),
                   "SIGHUP makes it read its configuration anew");
  if (answer->status == 409)
    return failure(errc::held, fmt::format("{} runs already, or waits for a place", pipeline), {},
                   retry::later);
  if (answer->status / 100 != 2)
    return failure(errc::http_status,
                   fmt::format("the host at {} answered {}", address, answer->status), {},
                   retry::later);
  return answer->body;
}

}  // namespace

result<std::string> ask_status(const std::string& address, const std::string& pipeline,
                               status_detail detail) {
  MILLRACE_TRY(httplib::Client client, client_of(address, pipeline));
  const std::string path = fmt::format("/v1/status?pipeline={}{}", pipeline,
                                       detail == status_detail::brief ? "&detail=brief" : "");
  return taken(client.Get(path.c_str()), address, pipeline);
}

result<void> order_host(const std::string& address, const std::string& order,
                        const std::string& pipeline) {
  MILLRACE_TRY(httplib::Client client, client_of(address, pipeline));
  const std::string path = fmt::format("/v1/pipelines/{}/{}", pipeline, order);
  MILLRACE_CHECK(taken(client.Post(path.c_str(), "{}", json_type), address, pipeline));
  return {};
}

}  // namespace millrace
