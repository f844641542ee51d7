// The transformer. Bytes of a page are accounted for exactly: what a piece leaves behind in batches
// is credit of those batches, the rest is free as soon as the piece is parsed. Pages may arrive
// side by side, in turns: each has a draft of its own, for a row that has not ended fills a draft's
// cells. The next page goes on with a draft that is free.
#include "actors/transformer.hpp"

#include "actors/support.hpp"
#include "engine/schedule/lane_order.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace millrace {
namespace {

/// A batch that is under way to a writer, or over.
struct sent_batch {
  lane_order::number number = 0;
  std::size_t connection = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  bool last = false;
  std::uint64_t adjusted = 0;
  bool only_keys = false;
};

/// Rows that are becoming a batch, and the bytes of pages that they stand for.
struct draft {
  std::unique_ptr<batch_builder> builder;
  std::uint64_t credit = 0;
};

struct arriving_page {
  std::shared_ptr<page_decoder> decoder;
  std::optional<error> broken;  ///< why it cannot be read on
  draft rows;
};

struct transformer_state {
  static inline const char* name = "transformer";

  transformer_actor::pointer self = nullptr;
  std::vector<writer_actor> writers;
  fetcher_actor owner;
  transformer_config config;
  std::map<std::uint64_t, arriving_page> pages;  ///< by exchange
  std::vector<draft> drafts;                     ///< free ones, with rows that wait
  std::optional<checkpoint> proven;              ///< by pages before; holds with the next batch
  std::unique_ptr<lane_order> lane;  ///< which writer is next, which checkpoint goes with it
  std::optional<error> failed;       ///< a batch failed: later ones are not sent

  /// The last batch waits until those before it are committed: it carries the final checkpoint.
  struct last_batch {
    batch_ptr rows;
    std::optional<checkpoint> position;
    std::uint64_t bytes = 0;
  };
  std::optional<last_batch> last;

  draft new_draft() const {
    return {std::make_unique<batch_builder>(config.table, config.limits, config.hash), 0};
  }

  void begin(const page_begin& page) {
    // The last rows of the pages before may be in a draft: what those pages prove holds once that
    // one is committed, and all before it.
    if (page.progress) {
      if (drafts.size() + pages.size() > 1) flush();
      proven = page.progress;
    }
    arriving_page& arriving = pages[page.exchange];
    arriving.decoder = page.decoder;
    if (drafts.empty()) {
      arriving.rows = new_draft();
    } else {
      arriving.rows = std::move(drafts.back());
      drafts.pop_back();
    }
    arriving.rows.builder->set_received_at(page.received_at);
  }

  void piece(const body_piece& piece) {
    const std::uint64_t size = piece.bytes.size();
    const auto found = pages.find(piece.exchange);
    if (found == pages.end() || found->second.broken) {
      self->send(owner, atom::release_v, size);
      return;
    }
    arriving_page& page = found->second;
    batch_builder& rows = *page.rows.builder;
    const std::size_t before = rows.bytes_open();
    auto fed = page.decoder->feed(piece.bytes, rows);
    if (!fed) {
      page.broken = std::move(fed.error());
      self->send(owner, share(transfer_end{piece.exchange, failure(*page.broken)}));
      rows.drop_row();
    }
    account(page.rows, size, before);
  }

  /// Splits a piece's bytes into what batches hold now and what is free, and sends full batches on.
  void account(draft& of, std::uint64_t size, std::size_t open_before) {
    const std::vector<batch_ptr> full = of.builder->take_ready();
    std::uint64_t grown = of.builder->bytes_open();
    for (const batch_ptr& b : full)
      grown += b->bytes();
    grown -= std::min<std::uint64_t>(grown, open_before);
    const std::uint64_t held = std::min(grown, size);
    of.credit += held;
    if (size > held) self->send(owner, atom::release_v, size - held);
    for (const batch_ptr& b : full) {
      // The batches that go take what the open one does not stand for.
      const std::uint64_t keep = std::min<std::uint64_t>(of.credit, of.builder->bytes_open());
      pass_on(b, of.credit - keep);
      of.credit = keep;
    }
  }

  shared<page_end> end(std::uint64_t exchange) {
    const auto found = pages.find(exchange);
    if (found == pages.end())
      return share(page_end{failure(errc::internal, "the end of a page that never began")});
    arriving_page page = std::move(found->second);
    pages.erase(found);
    result<page_facts> facts = page_facts{};
    if (page.broken) {
      facts = failure(*page.broken);
    } else {
      const std::size_t before = page.rows.builder->bytes_open();
      facts = page.decoder->finish(*page.rows.builder);
      if (!facts) page.rows.builder->drop_row();
      account(page.rows, 0, before);
    }
    drafts.push_back(std::move(page.rows));
    return share(page_end{std::move(facts)});
  }

  void abandon(std::uint64_t exchange) {
    const auto found = pages.find(exchange);
    if (found == pages.end()) return;
    found->second.rows.builder->drop_row();
    drafts.push_back(std::move(found->second.rows));
    pages.erase(found);
  }

  /// Credit is short: rows must not keep theirs until a batch is full, for it may never be (I12).
  void flush() {
    for (draft& d : drafts)
      flush(d);
    for (auto& [exchange, page] : pages)
      flush(page.rows);
  }

  void flush(draft& of) {
    const batch_ptr ended = of.builder->take_ended();
    const std::uint64_t keep = std::min<std::uint64_t>(of.credit, of.builder->bytes_open());
    const std::uint64_t spare = std::exchange(of.credit, keep) - keep;
    if (ended) return pass_on(ended, spare);
    if (spare > 0) self->send(owner, atom::release_v, spare);  // of a row that was dropped
  }

  void finish(const shared<checkpoint>& final) {
    while (!pages.empty())
      abandon(pages.begin()->first);
    if (drafts.empty()) drafts.push_back(new_draft());
    draft rest = std::move(drafts.back());
    drafts.pop_back();
    flush();
    last = last_batch{rest.builder->take_rest(), {}, rest.credit};
    send_keys(*last->rows);
    if (final) {
      last->position = *final;
    } else {
      last->position = std::exchange(proven, {});
    }
    send_last();
  }

  void pass_on(const batch_ptr& b, std::uint64_t bytes) {
    send_keys(*b);
    send(b, lane->next(std::exchange(proven, {})), bytes, false);
  }

  void send_last() {
    const bool in_order = writers.size() == 1;
    if (!last || (!in_order && !lane->quiet())) return;
    lane_order::turn turn = lane->next({});
    if (last->position) turn.position = std::move(last->position);
    const last_batch ending = *std::exchange(last, {});
    send(ending.rows, std::move(turn), ending.bytes, true);
  }

  void send(const batch_ptr& b, lane_order::turn turn, std::uint64_t bytes, bool is_last) {
    const sent_batch sent{turn.batch, turn.connection, b->rows, bytes, is_last, b->adjusted, false};
    order(sent, {b, mode_of(*b), std::move(turn.position)});
  }

  /// Before the rows themselves, so that their last receipt comes after all keys are there.
  void send_keys(const batch& whole) {
    if (!config.keys || whole.rows == 0) return;
    auto keys = std::make_shared<batch>();
    keys->table = config.keys;
    keys->columns = {whole.columns[whole.table->key]};
    keys->rows = whole.rows;
    keys->received_at = whole.received_at;
    lane_order::turn turn = lane->next({});
    order({turn.batch, turn.connection, 0, 0, false, 0, true},
          {std::move(keys), merge_mode::first_load, std::move(turn.position)});
  }

  void order(const sent_batch& sent, write_order what) {
    // A checkpoint must never pass rows that were not committed (I1, I4).
    if (failed) return over(sent, failure(*failed));
    self->request(writers[sent.connection], caf::infinite, atom::write_v, share(std::move(what)))
        .then([this, sent](const shared<write_end>& end) { over(sent, end->done); },
              [this, sent](caf::error& why) { over(sent, failure(error_of(why))); });
  }

  void over(const sent_batch& sent, result<receipt> done) {
    if (!done && !failed) failed = done.error();
    if (done && sent.only_keys) done->rows_written = 0;
    lane->committed(sent.number, sent.connection);
    const std::uint64_t adjusted = sent.adjusted + (done ? done->rounded : 0);
    self->send(owner,
               share(batch_end{std::move(done), sent.rows, sent.bytes, sent.last, adjusted}));
    send_last();
  }

  /// Where versions prove what changed, cells need not be compared.
  [[nodiscard]] merge_mode mode_of(const batch& b) const {
    if (config.mode != merge_mode::changed || !config.versions_proven_before || !b.table->version)
      return config.mode;
    const column& versions = b.columns[*b.table->version];
    const std::string before = to_canonical(*config.versions_proven_before);
    for (std::size_t row = 0; row < b.rows; ++row)
      if (versions.is_null(row) || versions.value(row) >= before) return config.mode;
    return merge_mode::newer;
  }
};

transformer_actor::behavior_type transformer(
    transformer_actor::stateful_pointer<transformer_state> self, const transformer_config& config,
    const std::vector<writer_actor>& writers, const fetcher_actor& owner) {
  harden(self);
  auto& state = self->state;
  state.self = self;
  state.writers = writers;
  state.config = config;
  state.lane = std::make_unique<lane_order>(writers.size());
  state.owner = owner;
  return {
      [self](atom::start, const shared<page_begin>& page) { self->state.begin(*page); },
      [self](const shared<body_piece>& piece) { self->state.piece(*piece); },
      [self](atom::report, std::uint64_t exchange) { return self->state.end(exchange); },
      [self](atom::abandon, std::uint64_t exchange) { self->state.abandon(exchange); },
      [self](atom::flush) { self->state.flush(); },
      [self](atom::finish, const shared<checkpoint>& last) { self->state.finish(last); },
  };
}

}  // namespace

transformer_actor spawn_transformer(caf::actor_system& system, transformer_config config,
                                    std::vector<writer_actor> writers, fetcher_actor owner) {
  return system.spawn(transformer, std::move(config), std::move(writers), std::move(owner));
}

}  // namespace millrace
