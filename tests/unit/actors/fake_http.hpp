// Stands for http: answers each request as the test says, streams pages no faster than granted, and
// keeps what it was asked.
#pragma once

#include "actors/protocol.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// What a request meets.
struct fake_answer {
  int status = 200;
  std::string body;
  bool never = false;  ///< no answer until it is cancelled
  std::vector<http_header> headers;
  std::size_t cut_after = 0;  ///< bytes of a streamed body, and then the connection ends; 0: never
};

struct fake_http {
  struct transfer {
    std::string url;
    fake_answer what;
    fetcher_actor to;
    std::size_t sent = 0;
  };

  static constexpr std::size_t piece_bytes = 16 << 10;

  std::function<fake_answer(const http_request&)> serve;
  std::vector<std::string> asked;  ///< "METHOD URL", in order
  std::map<std::uint64_t, transfer> open;
  std::uint64_t page_bytes_sent = 0;
  http_actor handle;

  [[nodiscard]] std::size_t times_asked(std::string_view part) const {
    return static_cast<std::size_t>(
        std::count_if(asked.begin(), asked.end(),
                      [&](const std::string& url) { return url.find(part) != std::string::npos; }));
  }
};

inline http_actor::behavior_type fake_http_actor(http_actor::pointer self, fake_http* net) {
  const auto end = [self, net](std::uint64_t number, result<http_response> response) {
    const auto found = net->open.find(number);
    if (found == net->open.end()) return;
    self->send(found->second.to,
               std::make_shared<const transfer_end>(transfer_end{number, std::move(response)}));
    net->open.erase(found);
  };
  return {
      [self, net, end](atom::start, const shared<transfer_order>& order) {
        net->asked.push_back(std::string{name_of(order->request.method)} + " " +
                             order->request.url);
        fake_http::transfer t{order->request.url, net->serve(order->request),
                              caf::actor_cast<fetcher_actor>(self->current_sender()), 0};
        const http_head head{t.what.status, t.what.headers};
        const fetcher_actor to = t.to;
        const bool never = t.what.never;
        const std::string body = t.what.body;
        net->open.emplace(order->exchange, std::move(t));
        if (never) return;
        if (order->use == body_use::whole) return end(order->exchange, http_response{head, body});
        self->send(to, std::make_shared<const transfer_head>(transfer_head{order->exchange, head}));
      },
      [net, end](atom::collect, std::uint64_t number) {
        const auto found = net->open.find(number);
        if (found == net->open.end()) return;  // cancelled meanwhile
        const fake_answer what = found->second.what;
        end(number, http_response{{what.status, what.headers}, what.body});
      },
      [self, net, end](atom::stream, std::uint64_t number, std::uint64_t bytes) {
        const auto found = net->open.find(number);
        if (found == net->open.end()) return;
        fake_http::transfer& t = found->second;
        const std::size_t whole = t.what.cut_after > 0 ? t.what.cut_after : t.what.body.size();
        const std::size_t stop = std::min<std::size_t>(whole, t.sent + bytes);
        while (t.sent < stop) {
          const std::size_t size = std::min(fake_http::piece_bytes, stop - t.sent);
          self->send(t.to, std::make_shared<const body_piece>(
                               body_piece{number, t.what.body.substr(t.sent, size)}));
          t.sent += size;
          net->page_bytes_sent += size;
        }
        if (t.what.cut_after > 0 && t.sent >= t.what.cut_after)
          return end(number, failure(errc::http_interrupted, "cut", {}, retry::later));
        if (t.sent == t.what.body.size())
          end(number, http_response{{t.what.status, t.what.headers}, {}});
      },
      [end](atom::cancel, std::uint64_t number) {
        end(number, failure(errc::http_cancelled, "cancelled"));
      },
      [](atom::finish, std::uint64_t) {},
  };
}

}  // namespace millrace
