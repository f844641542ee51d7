// The fetcher. Every exchange with the source has a number; every ask of the conversation may take
// several exchanges. A run that broke off still waits for the batches that are under way, so that
// what it reports is what the warehouse holds.
#include "actors/fetcher.hpp"

#include "actors/support.hpp"
#include "actors/winding_up.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace millrace {
namespace {

/// Attempts of one ask.
struct attempts {
  unsigned made = 0;
  bool logged_in_again = false;
  caf::actor_clock::time_point first;
};

struct exchange {
  ask what;
  attempts tries;
  session_ptr asked_by;
  std::unique_ptr<shared_slots::hold> slot = nullptr;  ///< of a page beside others
  http_head head = {};
  bool streaming = false;
  std::shared_ptr<bundle_charge> charge = nullptr;      ///< of a bundle
  std::shared_ptr<shared_slots::hold> place = nullptr;  ///< among all requests to the source
  std::optional<error> broken = {};                     ///< why the page cannot be read on
};
using exchange_ptr = std::shared_ptr<exchange>;

struct fetcher_state {
  static inline const char* name = "fetcher";

  fetcher_actor::pointer self = nullptr;
  fetcher_config config;
  transformer_actor transformer;

  std::map<std::uint64_t, exchange_ptr> open;
  std::map<std::uint64_t, std::function<void()>> timers;
  std::deque<std::pair<ask, attempts>> waiting;  ///< pages, for credit or for a slot
  std::uint64_t next_number = 1;
  collection_counts counts;
  std::vector<notice> notices;

  page_credit credit{credit_limits{}};
  bool reserving = false;
  bool short_of_credit = false;  ///< the pool has not granted what is being reserved

  std::optional<error> why;  ///< set: the conversation failed or was broken off
  bool closing = false;      ///< nothing more is asked
  bool transformer_died = false;
  bool last_batch_sent = false;
  std::string job_told;  ///< the Id of the job that the owner knows
  bool at_rest = false;  ///< the last batch has ended: nothing more comes from the transformer

  winding_up last_asks;  ///< beside the last batches of a reading that broke off, else after them
  bool reported = false;

  // -- asking
  // ----------------------------------------------------------------------------------------

  /// `at_least`: a time that has come, whatever the clock says by now.
  void pump(time_point at_least = time_point::min()) {
    while (!closing) {
      next_step step = config.talk->next(std::max(config.now(), at_least));
      if (auto* wanted = std::get_if<ask>(&step)) {
        begin(std::move(*wanted), {0, false, self->clock().now()});
      } else if (auto* pause = std::get_if<wait_until>(&step)) {
        const auto delay = std::max(milliseconds{1}, pause->when - config.now());
        // The delay has passed by a clock that nobody sets; the other one may have been set back.
        return later(delay, [this, when = pause->when] { pump(when); });
      } else if (std::holds_alternative<finished>(step)) {
        return finish();
      } else if (auto* end = std::get_if<give_up>(&step)) {
        return broken_off(std::move(end->why));
      } else {
        return;
      }
    }
  }

  /// Pages need credit before they are asked for (I12), and a slot beside other pages.
  void begin(ask what, attempts tries) {
    if (closing) return;
    std::unique_ptr<shared_slots::hold> slot;
    if (what.use == body_use::page && !may_ask_for_a_page(slot)) {
      waiting.emplace_back(std::move(what), tries);
      if (short_of_credit) spare();
      if (!credit.has_slice()) reserve();
      return;
    }
    if (what.use == body_use::page && take_first_page(what, tries)) return;
    std::shared_ptr<shared_slots::hold> place;
    if (const auto wait = must_wait(what, place); wait > milliseconds{0})
      return later(wait, [this, what = std::move(what), tries]() { begin_anew(what, tries); });
    auto charged = charge(what);
    if (!charged) return not_affordable(what, std::move(charged.error()));
    ++tries.made;
    const std::uint64_t number = carry(what);
    if (what.use == body_use::page) credit.open(number);
    auto x = std::make_shared<exchange>(
        exchange{std::move(what), tries, config.session, std::move(slot)});
    x->charge = std::move(*charged);
    x->place = std::move(place);
    open.emplace(number, std::move(x));
    tell();
  }

  /// A page that is there already goes the way of one that arrives: whether it was.
  bool take_first_page(const ask& what, const attempts& tries) {
    if (!config.work || !config.work->first_page) return false;
    known_answer page = std::move(*std::exchange(config.work->first_page, {}));
    const std::uint64_t number = new_number();
    auto x = std::make_shared<exchange>(exchange{what, tries, config.session});
    x->head = std::move(page.response.head);
    x->streaming = true;
    if (page.url != what.request.url || !open_page(number, *x)) return false;
    credit.open(number);
    credit.begin(number);
    piece(share(body_piece{number, std::move(page.response.body)}));
    credit.close(number);
    page_arrived(number, x);
    return true;
  }

  /// Null for what is one call, and when nothing is counted.
  result<std::shared_ptr<bundle_charge>> charge(const ask& what) const {
    if (what.requests > 1 && config.budget)
      return bundle_charge::make(config.budget, what.purpose, what.requests);
    if (auto refused = over_budget(what)) return failure(std::move(*refused));
    return nullptr;
  }

  /// For less than a bundle there may be room.
  void not_affordable(const ask& what, error refused) {
    if (what.requests == 1) return broken_off(std::move(refused));
    verdict v = config.talk->gave_up(what.id, refused, config.now());
    if (auto* end = std::get_if<give_up>(&v)) broken_off(std::move(end->why));
  }

  /// How long this request has to wait for its turn at the source; `place`: what it has until its
  /// answer has ended, if it need not.
  milliseconds must_wait(const ask& what, std::shared_ptr<shared_slots::hold>& place) const {
    if (!config.pace) return {};
    auto admitted = config.pace->ask(config.now(), what.purpose == "login");
    place = std::move(admitted.place);
    return admitted.wait;
  }

  /// `slot` is what the page needs beside others.
  [[nodiscard]] bool may_ask_for_a_page(std::unique_ptr<shared_slots::hold>& slot) const {
    if (!credit.has_slice() || !has_place_for_a_page()) return false;
    if (!needs_slot()) return true;
    slot = config.slots->try_take();
    return slot != nullptr;
  }

  [[nodiscard]] bool has_place_for_a_page() const {
    const auto pages = std::count_if(open.begin(), open.end(), [](const auto& x) {
      return x.second->what.use == body_use::page;
    });
    return pages == 0 ||
           (config.work && static_cast<std::size_t>(pages) < config.work->pages_at_once);
  }

  /// The collection's own slot is for one page.
  [[nodiscard]] bool needs_slot() const {
    return config.slots && std::any_of(open.begin(), open.end(), [](const auto& x) {
             return x.second->what.use == body_use::page && !x.second->slot;
           });
  }

  /// Whether a page that waits lacks nothing but credit.
  [[nodiscard]] bool a_page_could_begin() const {
    return !waiting.empty() && has_place_for_a_page() &&
           (!needs_slot() || config.slots->any_free());
  }

  void begin_waiting() {
    while (!closing && credit.has_slice() && a_page_could_begin()) {
      auto [what, tries] = std::move(waiting.front());
      waiting.pop_front();
      what.request = config.talk->renewed(what);  // the session may be another one by now
      begin(std::move(what), tries);
    }
  }

  /// Of an exchange: no other fetcher has the same.
  std::uint64_t new_number() {
    return (static_cast<std::uint64_t>(self->id()) << 32U) | next_number++;
  }

  void prepare_last_asks() {
    winding_up::surroundings around;
    around.talk = config.talk.get();
    around.now = config.now;
    around.may_ask = [this](const ask& what) { return !over_budget(what); };
    around.carry = [this](const ask& what) { return carry(what); };
    around.cancel = [this](std::uint64_t number) {
      self->send(config.http, atom::cancel_v, number);
    };
    around.later = [this](milliseconds delay, std::function<void()> action) {
      later(delay, std::move(action));
    };
    around.over = [this] { leave(); };
    last_asks.use(std::move(around));
  }

  std::uint64_t carry(const ask& what) {
    const std::uint64_t number = new_number();
    ++counts.requests;
    self->send(config.http, atom::start_v, share(transfer_order{number, what.request, what.use}));
    return number;
  }

  /// I13: none, and the call is counted; or why it must not be made.
  std::optional<error> over_budget(const ask& what) const {
    return config.budget ? config.budget->spend(what.purpose) : std::nullopt;
  }

  void note_usage(const http_head& answer) {
    if (!config.budget || !config.usage_of) return;
    if (const auto said = config.usage_of(answer)) config.budget->note(*said);
  }

  void settle_charge(exchange& x, const transfer_end& ended) const {
    std::optional<call_usage> said;
    if (ended.response && config.usage_of) said = config.usage_of(ended.response->head);
    x.charge->settle(said);
    x.charge.reset();
  }

  void later(milliseconds delay, std::function<void()> action) {
    const std::uint64_t number = next_number++;
    timers.emplace(number, std::move(action));
    self->delayed_send(self, delay, atom::tick_v, number);
  }

  void tick(std::uint64_t number) {
    const auto found = timers.find(number);
    if (found == timers.end()) return;
    const auto action = std::move(found->second);
    timers.erase(found);
    if (!closing || last_asks.in_progress()) action();
  }

  // -- answers
  // ---------------------------------------------------------------------------------------

  void head(const transfer_head& arrived) {
    const auto found = open.find(arrived.exchange);
    if (found == open.end()) return;
    exchange& x = *found->second;
    x.head = arrived.head;
    note_usage(arrived.head);
    x.streaming = !closing && open_page(arrived.exchange, x);
    if (!x.streaming) {
      self->send(config.http, atom::collect_v, arrived.exchange);
      return;
    }
    self->send(config.http, atom::stream_v, arrived.exchange, credit.begin(arrived.exchange));
    top_up();
  }

  /// Whether the answer is a page; then its decoder is with the transformer.
  bool open_page(std::uint64_t number, const exchange& x) {
    std::shared_ptr<page_decoder> decoder;
    if (config.work) decoder = config.work->pages->open_page(x.what.id, x.head);
    if (!decoder) return false;
    self->send(transformer, atom::start_v,
               share(page_begin{number, decoder, config.now(), progress()}));
    return true;
  }

  /// What pages that are done prove, as a checkpoint for the batches that follow.
  std::optional<checkpoint> progress() const {
    const auto reached = config.work->pages->progress();
    const checkpoint& last = config.work->final_position;
    if (!reached || !last.cursor) return {};
    checkpoint c = last;
    c.cursor =
        std::min(*reached, *last.cursor);  // I2: never past the source's clock minus the overlap
    c.complete = config.work->was_complete;
    c.source_time = config.work->read_since;
    c.columns = config.work->owed;
    c.committed_at = config.now();
    c.rows = counts.records;
    return c;
  }

  void piece(const shared<body_piece>& arrived) {
    const auto size = arrived->bytes.size();
    credit.arrived(arrived->exchange, size);
    counts.bytes += size;
    self->send(transformer, arrived);
    // The page can only go on with credit that its own rows may hold.
    if (short_of_credit) self->send(transformer, atom::flush_v);
    top_up();
  }

  void end(const transfer_end& ended) {
    if (last_asks.waits_for(ended.exchange)) return last_asks.answered(ended);
    const auto found = open.find(ended.exchange);
    if (found == open.end()) return;
    const exchange_ptr x = found->second;
    if (comes_from_transformer()) return end_early(ended, *x);
    open.erase(found);
    if (x->charge) settle_charge(*x, ended);
    x->slot.reset();
    x->place.reset();
    credit.close(ended.exchange);
    if (x->streaming && ended.response) {
      page_arrived(ended.exchange, x);
    } else {
      if (x->streaming) self->send(transformer, atom::abandon_v, ended.exchange);
      if (x->broken) {
        answered(x, failure(*x->broken));
      } else {
        answered(x, ended.response);
      }
    }
    top_up();
  }

  [[nodiscard]] bool comes_from_transformer() const {
    return transformer &&
           caf::actor_cast<caf::actor_addr>(self->current_sender()) == transformer.address();
  }

  /// The transformer cannot read a page on: its rest, which may have no end, is not waited for.
  void end_early(const transfer_end& ended, exchange& x) {
    x.broken = ended.response.error();
    self->send(config.http, atom::cancel_v, ended.exchange);
  }

  void answered(const exchange_ptr& x, const result<http_response>& response) {
    if (closing) return settle();
    if (!response) return failed(x, response.error());
    note_usage(response->head);
    counts.bytes += response->body.size();
    verdict v = config.talk->answered(x->what.id, *response, config.now());
    note_job();
    tell();
    act_on(std::move(v), x);
  }

  void page_arrived(std::uint64_t number, const exchange_ptr& x) {
    self->request(transformer, caf::infinite, atom::report_v, number)
        .then(
            [this, x](const shared<page_end>& page) {
              if (closing) return settle();
              if (!page->facts) return failed(x, page->facts.error());
              verdict v =
                  config.work->pages->page_done(x->what.id, x->head, *page->facts, config.now());
              if (!std::holds_alternative<ask_again>(v)) counts.records += page->facts->records;
              tell();
              act_on(std::move(v), x);
            },
            [](caf::error&) {});  // it died: `down` comes as well, and knows why
  }

  /// The source has begun a job: it is remembered before its end is waited for (I18).
  void note_job() {
    if (!config.work || !config.work->jobs || !config.owner) return;
    const auto job = config.work->pages->job();
    if (!job || job->id == job_told) return;
    job_told = job->id;
    remembered_job record = config.work->jobs->record;
    record.job = *job;
    self->request(config.owner, caf::infinite, atom::remember_v, share(std::move(record)))
        .then(
            [this](bool remembered) {
              if (remembered && config.work->jobs->next_run_takes_it && !at_rest)
                config.work->pages->leave_job(true);
            },
            [](caf::error&) {});  // then it is not
  }

  void act_on(verdict v, const exchange_ptr& x) {
    if (auto* again = std::get_if<ask_again>(&v)) return failed(x, std::move(again->why));
    if (auto* end = std::get_if<give_up>(&v)) return broken_off(std::move(end->why));
    pump();
  }

  /// An ask was not answered as hoped: again after a login, again after a while, or not at all.
  void failed(const exchange_ptr& x, error fault) {
    if (closing) return settle();
    if (fault.again == retry::after_login && !x->tries.logged_in_again) {
      // Of several that met the end of a session one has got another by now.
      if (x->asked_by != config.session) return ask_anew(x);
      x->tries.logged_in_again = true;
      return log_in_again(x, std::move(fault));
    }
    const auto elapsed =
        std::chrono::duration_cast<milliseconds>(self->clock().now() - x->tries.first);
    const auto wait =
        wait_before_retry(config.retries, x->tries.made, elapsed, fault, config.chance());
    if (wait && fault.again == retry::later) {
      ++counts.retries;
      tell();
      hand_on();  // others may need meanwhile what this one keeps
      return later(*wait, [this, x]() { ask_anew(x); });
    }
    if (fault.again == retry::after_login) fault.code = errc::session_expired;
    verdict v = config.talk->gave_up(x->what.id, fault, config.now());
    if (auto* end = std::get_if<give_up>(&v)) return broken_off(std::move(end->why));
    pump();
  }

  void ask_anew(const exchange_ptr& x) { begin_anew(x->what, x->tries); }

  void begin_anew(ask what, const attempts& tries) {
    what.request = config.talk->renewed(what);
    const bool bundle = what.requests > 1;
    begin(std::move(what), tries);
    if (bundle) pump();  // when there was no room for it, what it held is asked for in other ways
  }

  void log_in_again(const exchange_ptr& x, error fault) {
    if (!config.owner || !config.session) return broken_off(std::move(fault));
    self->request(config.owner, caf::infinite, atom::relogin_v, config.session)
        .then(
            [this, x](const shared<login_end>& login) {
              if (closing) return settle();
              if (!login->session) return broken_off(login->session.error());
              config.session = *login->session;
              config.talk->use_session(config.session);
              ask_anew(x);
            },
            [this](caf::error& reason) { broken_off(error_of(reason)); });
  }

  // -- credit
  // ----------------------------------------------------------------------------------------

  void reserve() {
    if (reserving) return;
    if (!credit.window_has_room()) {
      // `freed` leads here again. A page under way needs no more: its batches are on their way.
      if (credit.no_page()) hand_on();
      return;
    }
    reserving = true;
    self->request(config.pool, caf::infinite, atom::reserve_v, config.tenant, credit.slice())
        .then([this](std::uint64_t bytes) { granted(bytes); },
              [this](caf::error& reason) {
                reserving = short_of_credit = false;
                broken_off(error_of(reason));
              });
  }

  void granted(std::uint64_t bytes) {
    reserving = short_of_credit = false;
    credit.granted(bytes);
    if (closing) return settle();
    top_up();
  }

  /// The pool has nothing left. Fetchers that wait for one another must not keep what they do not
  /// need: rows of a batch that is not full, and credit that no page is using.
  void spare() {
    if (!reserving) return;  // it was granted meanwhile
    short_of_credit = true;
    hand_on();
  }

  void hand_on() {
    self->send(transformer, atom::flush_v);
    if (const std::uint64_t spare = credit.take_spare(); spare > 0)
      self->send(config.pool, atom::release_v, config.tenant, spare);
  }

  /// What is spare goes to the pages that come, then to those that wait; more is taken from the
  /// pool where they need it.
  void top_up() {
    if (closing) return;
    while (const auto meal = credit.feed())
      self->send(config.http, atom::stream_v, meal->page, meal->bytes);
    begin_waiting();
    if (!closing && (credit.a_page_needs() || a_page_could_begin())) reserve();
  }

  void freed(std::uint64_t bytes) {
    credit.freed(bytes);
    self->send(config.pool, atom::release_v, config.tenant, bytes);
    top_up();
  }

  // -- the end
  // ---------------------------------------------------------------------------------------

  void batch(const batch_end& ended) {
    freed(ended.credit);
    if (ended.done) {
      if (ended.rows > 0) ++counts.batches;
      counts.rows_merged += ended.rows;
      counts.rows_written += ended.done->rows_written;
      counts.adjusted += ended.adjusted;
      counts.refused += ended.done->refused;
      counts.quarantined += ended.done->quarantined;
      notices.insert(notices.end(), ended.done->notices.begin(), ended.done->notices.end());
    } else if (!why) {
      broken_off(ended.done.error());
    }
    if (ended.last) return come_to_rest();
    tell();
  }

  /// The conversation has reached its end: the last batch carries the checkpoint.
  void finish() {
    closing = true;
    settle();
  }

  /// No more pages. Rows that are left go to the warehouse, without a checkpoint (I4); what is left
  /// at the source is cleaned up.
  void broken_off(error fault) {
    if (closing) {
      if (!why && !at_rest) why = std::move(fault);
      return;
    }
    timers.clear();
    closing = true;
    why = std::move(fault);
    wind_up();
    for (const auto& [number, x] : open)
      self->send(config.http, atom::cancel_v, number);
    settle();
  }

  void drain() {
    broken_off({errc::interrupted,
                "the run was ended before this collection was complete",
                "Run again: it goes on from what is committed",
                retry::later,
                {},
                {}});
  }

  void wind_up() {
    winding_up::exchanges under_way;
    for (const auto& [number, x] : open)
      if (x->what.use == body_use::whole) under_way.emplace(number, x->what.id);
    last_asks.begin(why ? &*why : nullptr, under_way);
    std::erase_if(open, [this](const auto& x) { return last_asks.waits_for(x.first); });
  }

  // -- leaving
  // ----------------------------------------------------------------------------------------

  /// When nothing is under way with the source any more, the transformer is told to end.
  void settle() {
    if (!closing || !open.empty() || last_batch_sent) return;
    last_batch_sent = true;
    if (!config.work || transformer_died) return come_to_rest();
    if (why || !config.work->has_position) {
      self->send(transformer, atom::finish_v, shared<checkpoint>{});
      return;
    }
    checkpoint last = config.work->final_position;
    last.committed_at = config.now();
    last.rows = counts.records;
    self->send(transformer, atom::finish_v, share(std::move(last)));
  }

  /// Without its transformer a collection cannot go on; what was sent on may still be committed.
  /// Without its owner nobody waits for it.
  void down(const caf::down_msg& message) {
    if (config.owner && message.source == config.owner.address()) {
      if (transformer) self->send_exit(transformer, caf::exit_reason::user_shutdown);
      return self->quit();
    }
    if (!config.work || message.source != transformer.address()) return;
    transformer_died = true;
    if (last_batch_sent) {
      if (!why) why = error_of(message.reason);
      return come_to_rest();
    }
    broken_off(error_of(message.reason));
    settle();
  }

  void come_to_rest() {
    if (at_rest) return;
    at_rest = true;
    // I4: every record that was counted as read must have been acknowledged by the warehouse.
    if (config.work && !why && counts.rows_merged < counts.records)
      why = error{errc::count_mismatch,
                  "fewer rows were committed than records were read",
                  "Run again; if it stays, report it",
                  retry::never,
                  {},
                  {}};
    if (config.work) {
      if (!why) config.work->pages->leave_job(false);
      wind_up();
    }
    leave();
  }

  void leave() {
    if (at_rest && !last_asks.in_progress() && !std::exchange(reported, true)) report_end();
  }

  void tell() {
    if (!config.work || !config.owner) return;
    self->send(config.owner,
               share(collection_progress_report{config.work->final_position.collection, counts,
                                                config.work->pages->expected_records()}));
  }

  void report_end() {
    const std::uint64_t left = credit.all();
    if (left > 0) self->send(config.pool, atom::release_v, config.tenant, left);
    if (config.work)
      for (notice& n : config.work->pages->take_notices())
        notices.push_back(std::move(n));
    self->send(config.owner, share(conversation_end{config.talk, why, counts, std::move(notices)}));
    if (transformer) {
      self->demonitor(transformer.address());
      self->send_exit(transformer, caf::exit_reason::user_shutdown);
    }
    self->quit();
  }
};

fetcher_actor::behavior_type fetcher(fetcher_actor::stateful_pointer<fetcher_state> self,
                                     fetcher_config config) {
  harden(self);
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  state.credit = page_credit(state.config.credits);
  state.prepare_last_asks();
  if (state.config.work && state.config.work->jobs) state.job_told = state.config.work->jobs->known;
  if (state.config.work) {
    state.transformer = state.config.work->make_transformer(fetcher_actor{self});
    self->monitor(state.transformer);
  }
  if (state.config.owner) self->monitor(state.config.owner);
  self->set_down_handler([self](caf::down_msg& m) { self->state.down(m); });
  return {
      [self](atom::go) { self->state.pump(); },
      [self](atom::drain) { self->state.drain(); },
      [self](atom::tick, std::uint64_t number) { self->state.tick(number); },
      [self](const shared<transfer_head>& arrived) { self->state.head(*arrived); },
      [self](const shared<body_piece>& arrived) { self->state.piece(arrived); },
      [self](const shared<transfer_end>& ended) { self->state.end(*ended); },
      [self](atom::release, std::uint64_t bytes) { self->state.freed(bytes); },
      [self](atom::flush) { self->state.spare(); },
      [self](const shared<batch_end>& ended) { self->state.batch(*ended); },
  };
}

}  // namespace

fetcher_actor spawn_fetcher(caf::actor_system& system, fetcher_config config) {
  return system.spawn(fetcher, std::move(config));
}

}  // namespace millrace
