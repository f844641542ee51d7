// The transformer. Bytes of a page are accounted for exactly: what a piece leaves behind in batches
// is credit of those batches, the rest is free as soon as the piece is parsed.
#include "actors/transformer.hpp"

#include "actors/support.hpp"

#include <algorithm>

namespace millrace {
namespace {

struct transformer_state {
  static inline const char* name = "transformer";

  transformer_actor::pointer self = nullptr;
  writer_actor writer;
  fetcher_actor owner;
  merge_mode mode = merge_mode::changed;
  std::unique_ptr<batch_builder> rows;
  std::shared_ptr<page_decoder> decoder;
  std::optional<error> broken;         ///< why the current page cannot be read on
  std::optional<checkpoint> progress;  ///< goes with the next batch
  std::uint64_t credit = 0;            ///< bytes of pages that the open batch stands for

  void begin(const page_begin& page) {
    decoder = page.decoder;
    broken.reset();
    rows->set_received_at(page.received_at);
    if (page.progress) progress = page.progress;
  }

  void piece(const body_piece& piece) {
    const std::uint64_t size = piece.bytes.size();
    if (decoder && !broken) {
      const std::size_t before = rows->bytes_open();
      auto fed = decoder->feed(piece.bytes, *rows);
      if (!fed) {
        broken = std::move(fed.error());
        rows->drop_row();
      }
      account(size, before);
    } else {
      self->send(owner, atom::release_v, size);
    }
  }

  /// Splits a piece's bytes into what batches hold now and what is free, and sends full batches on.
  void account(std::uint64_t size, std::size_t open_before) {
    const std::vector<batch_ptr> full = rows->take_ready();
    std::uint64_t grown = rows->bytes_open();
    for (const batch_ptr& b : full)
      grown += b->bytes();
    grown -= std::min<std::uint64_t>(grown, open_before);
    const std::uint64_t held = std::min(grown, size);
    credit += held;
    if (size > held) self->send(owner, atom::release_v, size - held);
    for (const batch_ptr& b : full) {
      // The batches that go take what the open one does not stand for.
      const std::uint64_t keep = std::min<std::uint64_t>(credit, rows->bytes_open());
      pass_on(b, std::exchange(progress, {}), credit - keep, false);
      credit = keep;
    }
  }

  shared<page_end> end() {
    if (broken) return share(page_end{failure(*broken)});
    if (!decoder)
      return share(page_end{failure(errc::internal, "the end of a page that never began")});
    const std::size_t before = rows->bytes_open();
    auto facts = decoder->finish(*rows);
    decoder.reset();
    if (!facts) rows->drop_row();
    account(0, before);
    return share(page_end{std::move(facts)});
  }

  void abandon() {
    decoder.reset();
    broken.reset();
    rows->drop_row();
  }

  /// Credit is short: rows must not keep theirs until a batch is full, for it may never be (I12).
  void flush() {
    const batch_ptr ended = rows->take_ended();
    const std::uint64_t keep = std::min<std::uint64_t>(credit, rows->bytes_open());
    const std::uint64_t spare = std::exchange(credit, keep) - keep;
    if (ended) return pass_on(ended, std::exchange(progress, {}), spare, false);
    if (spare > 0) self->send(owner, atom::release_v, spare);  // of a row that was dropped
  }

  void finish(const shared<checkpoint>& last) {
    std::optional<checkpoint> position = std::exchange(progress, {});
    if (last) position = *last;
    pass_on(rows->take_rest(), std::move(position), std::exchange(credit, 0), true);
  }

  void pass_on(batch_ptr b, std::optional<checkpoint> position, std::uint64_t bytes, bool last) {
    const std::uint64_t count = b->rows;
    const std::uint64_t adjusted = b->adjusted;
    self->request(writer, caf::infinite, atom::write_v,
                  share(write_order{std::move(b), mode, std::move(position)}))
        .then(
            [this, count, adjusted, bytes, last](const shared<write_end>& end) {
              self->send(owner, share(batch_end{end->done, count, bytes, last, adjusted}));
            },
            [this, count, adjusted, bytes, last](caf::error& why) {
              self->send(owner,
                         share(batch_end{failure(error_of(why)), count, bytes, last, adjusted}));
            });
  }
};

transformer_actor::behavior_type transformer(
    transformer_actor::stateful_pointer<transformer_state> self, const transformer_config& config,
    const writer_actor& writer, const fetcher_actor& owner) {
  harden(self);
  auto& state = self->state;
  state.self = self;
  state.writer = writer;
  state.owner = owner;
  state.mode = config.mode;
  state.rows = std::make_unique<batch_builder>(config.table, config.limits);
  return {
      [self](atom::start, const shared<page_begin>& page) { self->state.begin(*page); },
      [self](const shared<body_piece>& piece) { self->state.piece(*piece); },
      [self](atom::report) { return self->state.end(); },
      [self](atom::abandon) { self->state.abandon(); },
      [self](atom::flush) { self->state.flush(); },
      [self](atom::finish, const shared<checkpoint>& last) { self->state.finish(last); },
  };
}

}  // namespace

transformer_actor spawn_transformer(caf::actor_system& system, transformer_config config,
                                    writer_actor writer, fetcher_actor owner) {
  return system.spawn(transformer, std::move(config), std::move(writer), std::move(owner));
}

}  // namespace millrace
