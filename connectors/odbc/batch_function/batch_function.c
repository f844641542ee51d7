/* The table function `millrace_batch(batch)` for SQLite: unpacks a batch that came as one binary
 * parameter, so that one statement takes two thousand rows. It is a loadable extension of the
 * database engine (its interface is C); the driver loads it by its keyword LoadExt.
 *
 * The packed form is written by batch_function_loader.cpp, in the same process: the number of cells of
 * a row, then every cell as its length and its bytes. A length of -1 is NULL, one of -2 a double of
 * this machine in eight bytes. Lengths are int32 of this machine. It is checked here nevertheless: a statement with other bytes ends with an error. */
#include <sqlite3ext.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

SQLITE_EXTENSION_INIT1

/* SQLite's own bound for columns of a table, less the hidden one. */
enum { columns_max = 1990, hidden_column = 0 };
/* Lengths that are none. */
enum { length_of_null = -1, length_of_double = -2 };

typedef struct {
  sqlite3_vtab_cursor base;
  sqlite3_value* batch; /* keeps the bytes alive */
  const unsigned char* at;
  const unsigned char* end;
  sqlite3_int64 row;
  int32_t cells;
  int at_end;
  const unsigned char* cell[columns_max];
  int32_t length[columns_max];
} cursor;

static int connect_table(sqlite3* db, void* unused, int argc, const char* const* argv,
                         sqlite3_vtab** out, char** message) {
  (void)unused, (void)argc, (void)argv, (void)message;
  sqlite3_str* sql = sqlite3_str_new(db);
  sqlite3_str_appendall(sql, "CREATE TABLE x(batch HIDDEN");
  for (int i = 0; i < columns_max; ++i)
    sqlite3_str_appendf(sql, ",c%d", i);
  sqlite3_str_appendall(sql, ")");
  char* text = sqlite3_str_finish(sql);
  if (text == NULL) return SQLITE_NOMEM;
  int code = sqlite3_declare_vtab(db, text);
  sqlite3_free(text);
  if (code != SQLITE_OK) return code;
  *out = sqlite3_malloc(sizeof(sqlite3_vtab));
  if (*out == NULL) return SQLITE_NOMEM;
  memset(*out, 0, sizeof(sqlite3_vtab));
  sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
  return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab* table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

/* There is one plan: the batch is given. */
static int best_index(sqlite3_vtab* table, sqlite3_index_info* info) {
  (void)table;
  for (int i = 0; i < info->nConstraint; ++i) {
    if (info->aConstraint[i].iColumn != hidden_column || !info->aConstraint[i].usable ||
        info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
      continue;
    info->aConstraintUsage[i].argvIndex = 1;
    info->aConstraintUsage[i].omit = 1;
    info->estimatedCost = 1.0;
    info->estimatedRows = 2000;
    return SQLITE_OK;
  }
  return SQLITE_CONSTRAINT;
}

static int open_cursor(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
  (void)table;
  cursor* c = sqlite3_malloc(sizeof(cursor));
  if (c == NULL) return SQLITE_NOMEM;
  memset(c, 0, offsetof(cursor, cell));
  *out = &c->base;
  return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor* base) {
  cursor* c = (cursor*)base;
  sqlite3_value_free(c->batch);
  sqlite3_free(c);
  return SQLITE_OK;
}

static int bad_batch(cursor* c) {
  c->base.pVtab->zErrMsg = sqlite3_mprintf("millrace_batch: not a batch");
  return SQLITE_ERROR;
}

static int take_number(cursor* c, int32_t* number) {
  if (c->end - c->at < (ptrdiff_t)sizeof(int32_t)) return 0;
  memcpy(number, c->at, sizeof(int32_t));
  c->at += sizeof(int32_t);
  return 1;
}

static int step(cursor* c) {
  if (c->at == c->end) {
    c->at_end = 1;
    return SQLITE_OK;
  }
  for (int32_t i = 0; i < c->cells; ++i) {
    int32_t length = 0;
    if (!take_number(c, &length)) return bad_batch(c);
    c->cell[i] = NULL;
    if (length == length_of_null) continue;
    if (length < length_of_double) return bad_batch(c);
    const ptrdiff_t bytes = length == length_of_double ? (ptrdiff_t)sizeof(double) : length;
    if (c->end - c->at < bytes) return bad_batch(c);
    c->cell[i] = c->at;
    c->length[i] = length;
    c->at += bytes;
  }
  ++c->row;
  return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor* base, int plan, const char* unused, int argc,
                  sqlite3_value** argv) {
  (void)plan, (void)unused;
  cursor* c = (cursor*)base;
  sqlite3_value_free(c->batch);
  c->batch = argc == 1 ? sqlite3_value_dup(argv[0]) : NULL;
  if (c->batch == NULL) return SQLITE_NOMEM;
  if (sqlite3_value_type(c->batch) != SQLITE_BLOB) return bad_batch(c);
  c->at = sqlite3_value_blob(c->batch);
  c->end = c->at + sqlite3_value_bytes(c->batch);
  c->row = 0;
  c->at_end = 0;
  if (!take_number(c, &c->cells) || c->cells < 1 || c->cells > columns_max) return bad_batch(c);
  return step(c);
}

static int next_row(sqlite3_vtab_cursor* base) {
  return step((cursor*)base);
}

static int is_at_end(sqlite3_vtab_cursor* base) {
  return ((cursor*)base)->at_end;
}

static int read_column(sqlite3_vtab_cursor* base, sqlite3_context* context, int column) {
  const cursor* c = (const cursor*)base;
  const int cell = column - 1; /* the hidden column comes first */
  if (cell < 0 || cell >= c->cells || c->cell[cell] == NULL) {
    sqlite3_result_null(context);
  } else if (c->length[cell] == length_of_double) {
    double number = 0;
    memcpy(&number, c->cell[cell], sizeof number);
    sqlite3_result_double(context, number);
  } else {
    /* The bytes live as long as the cursor does, which is longer than the row. */
    sqlite3_result_text(context, (const char*)c->cell[cell], c->length[cell], SQLITE_STATIC);
  }
  return SQLITE_OK;
}

static int read_rowid(sqlite3_vtab_cursor* base, sqlite3_int64* row) {
  *row = ((const cursor*)base)->row;
  return SQLITE_OK;
}

/* The name by which SQLite finds it whatever the file is called. */
int sqlite3_extension_init(sqlite3* db, char** message, const sqlite3_api_routines* api) {
  static const sqlite3_module module = {.xConnect = connect_table,
                                        .xBestIndex = best_index,
                                        .xDisconnect = disconnect_table,
                                        .xOpen = open_cursor,
                                        .xClose = close_cursor,
                                        .xFilter = filter,
                                        .xNext = next_row,
                                        .xEof = is_at_end,
                                        .xColumn = read_column,
                                        .xRowid = read_rowid};
  (void)message;
  SQLITE_EXTENSION_INIT2(api);
  return sqlite3_create_module(db, "millrace_batch", &module, NULL);
}
