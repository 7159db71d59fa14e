//! The tables: their SQL, and which columns enter which digest.

/// `GPKG`, the application id that OGC 12-128r19 (GeoPackage 1.3) asks for.
pub(crate) const APPLICATION_ID: i64 = 0x4750_4B47;
/// GeoPackage 1.3.0, the same source.
pub(crate) const USER_VERSION: i64 = 10_300;
/// Version of Lantu's own tables.
pub(crate) const FORMAT: u32 = 1;
/// Oldest version of Lantu's own tables that can be read.
pub(crate) const OLDEST_FORMAT: u32 = 1;
/// The layer that other GIS programs see.
pub(crate) const FOOTPRINTS: &str = "objects_footprints";

/// A table whose rows are digested, in parts where it grows large.
pub(crate) struct TableSpec {
    pub(crate) name: &'static str,
    /// Column that cuts the table into parts; `None` for one part with an empty name.
    pub(crate) part: Option<&'static str>,
    /// Total order of the rows within a part.
    pub(crate) key: &'static str,
    /// What is digested. A chunk's samples enter through their own SHA-256, so that a new day costs no rereading.
    pub(crate) columns: &'static str,
}

/// Every digested table; `lantu_log` (a chain), `lantu_head`, `lantu_integrity` and `lantu_seal` are checked by
/// other means.
pub(crate) const TABLES: &[TableSpec] = &[
    table("gpkg_contents", "table_name"),
    table("gpkg_geometry_columns", "table_name, column_name"),
    table("gpkg_spatial_ref_sys", "srs_id"),
    table("lantu_meta", "key"),
    table("lantu_sources", "fid"),
    table("lantu_views", "name"),
    table("lantu_settings", "key"),
    table("lantu_rules", "name"),
    parts("lantu_decisions", "source", "n"),
    parts("lantu_packs", "source", "kind, key"),
    parts("lantu_tasks", "source", "ord"),
    parts("lantu_bindings", "source", "ord"),
    parts(FOOTPRINTS, "source", "fid"),
    TableSpec {
        name: "lantu_chunks",
        part: Some("channel"),
        key: "day, source",
        columns: "id, channel, day, source, n, t0, t1, length(samples), sha256",
    },
];

const fn table(name: &'static str, key: &'static str) -> TableSpec {
    TableSpec { name, part: None, key, columns: "*" }
}

const fn parts(name: &'static str, part: &'static str, key: &'static str) -> TableSpec {
    TableSpec { name, part: Some(part), key, columns: "*" }
}

/// The whole schema. The GeoPackage tables are those of OGC 12-128r19, annex C.
pub(crate) const SQL: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE objects_footprints (
  fid INTEGER PRIMARY KEY, source TEXT NOT NULL, object TEXT NOT NULL, class TEXT NOT NULL, name TEXT NOT NULL,
  z_min DOUBLE, z_max DOUBLE, geom POLYGON);
CREATE INDEX objects_footprints_source ON objects_footprints (source);
CREATE TABLE lantu_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lantu_sources (
  fid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
  companions TEXT NOT NULL, importer TEXT NOT NULL, schema TEXT NOT NULL, begin_json TEXT NOT NULL,
  report_json TEXT NOT NULL, n_objects INTEGER NOT NULL, n_triangles INTEGER NOT NULL, bytes INTEGER NOT NULL,
  ord INTEGER NOT NULL);
CREATE TABLE lantu_decisions (
  n INTEGER PRIMARY KEY, source TEXT NOT NULL, state TEXT NOT NULL, hypothesis TEXT, decided_by TEXT NOT NULL,
  decided_at INTEGER NOT NULL, transform TEXT, hypotheses_json TEXT NOT NULL, undone_by TEXT, undone_at INTEGER);
CREATE INDEX lantu_decisions_source ON lantu_decisions (source);
CREATE TABLE lantu_packs (
  source TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY (source, kind, key)) WITHOUT ROWID;
CREATE TABLE lantu_tasks (
  source TEXT NOT NULL, ord INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, start INTEGER, finish INTEGER,
  budget TEXT, percent REAL, actual_start INTEGER, actual_finish INTEGER, actual_cost TEXT, objects TEXT NOT NULL,
  extra_json TEXT NOT NULL, PRIMARY KEY (source, ord)) WITHOUT ROWID;
CREATE TABLE lantu_bindings (
  source TEXT NOT NULL, ord INTEGER NOT NULL, channel TEXT NOT NULL, object TEXT NOT NULL, unit TEXT NOT NULL,
  rule TEXT NOT NULL, extra_json TEXT NOT NULL, PRIMARY KEY (source, ord)) WITHOUT ROWID;
CREATE TABLE lantu_chunks (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, day INTEGER NOT NULL, source TEXT NOT NULL, n INTEGER NOT NULL,
  t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, sha256 TEXT NOT NULL, samples BLOB NOT NULL,
  UNIQUE (channel, day, source));
CREATE INDEX lantu_chunks_source ON lantu_chunks (source, channel);
CREATE TABLE lantu_views (name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lantu_settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lantu_rules (name TEXT PRIMARY KEY, version TEXT NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lantu_integrity (
  scope TEXT NOT NULL, part TEXT NOT NULL, n_rows INTEGER NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (scope, part)) WITHOUT ROWID;
CREATE TABLE lantu_log (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, by TEXT NOT NULL, op TEXT NOT NULL, payload_json TEXT NOT NULL,
  state TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TRIGGER lantu_log_keeps BEFORE UPDATE ON lantu_log BEGIN
  SELECT RAISE(ABORT, 'the operation log only grows'); END;
CREATE TRIGGER lantu_log_grows BEFORE DELETE ON lantu_log BEGIN
  SELECT RAISE(ABORT, 'the operation log only grows'); END;
CREATE TABLE lantu_head (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE lantu_seal (id INTEGER PRIMARY KEY CHECK (id = 1), seal BLOB NOT NULL);
INSERT INTO lantu_seal VALUES (1, zeroblob(40));
";
