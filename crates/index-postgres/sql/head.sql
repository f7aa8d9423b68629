-- The catalogue, in the first database: which documents there are. A commit here, and nothing else, makes a document seen.
CREATE TABLE wenbao.state (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    generation bigint NOT NULL DEFAULT 0,  -- raised by every commit that changes what is seen
    next_row   bigint NOT NULL DEFAULT 0   -- one past the highest row ever given
);
INSERT INTO wenbao.state DEFAULT VALUES;
CREATE TABLE wenbao.documents (
    id              text PRIMARY KEY,
    path            text NOT NULL UNIQUE,
    sha256          text NOT NULL,
    bytes           bigint NOT NULL,
    recipe          text NOT NULL,         -- what read it and put it into words: another recipe, another reading
    meta            text NOT NULL,         -- JSON of report::Meta
    first_row       bigint NOT NULL UNIQUE,
    passages        integer NOT NULL,
    sentences       integer NOT NULL,
    passage_tokens  bigint NOT NULL,       -- words of its passages: what BM25's average length is made of
    sentence_tokens bigint NOT NULL,
    characters      bigint NOT NULL,       -- scalar values of its text
    ingested_at     text NOT NULL,
    shard           integer NOT NULL,      -- the database that has its passages, from 0
    since           bigint NOT NULL        -- the generation that put or moved it last
);
CREATE INDEX documents_since ON wenbao.documents (since);
-- Rows that a database may have without a document: about to be stored, or removed. Readers pass them over.
CREATE TABLE wenbao.unsettled (
    first_row bigint NOT NULL,
    end_row   bigint NOT NULL,
    shard     integer NOT NULL,
    removed   boolean NOT NULL,            -- else about to be stored
    since     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (first_row, shard)
);
-- Files that wait to be read: each is one worker's as long as that worker's transaction lasts.
CREATE TABLE wenbao.queue (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path    text NOT NULL UNIQUE,
    problem text                           -- why it could not be read; such files wait for somebody who looks
);
-- Passages of different documents that say nearly the same, in both directions.
CREATE TABLE wenbao.twins (
    "row" bigint NOT NULL,
    other bigint NOT NULL,
    PRIMARY KEY ("row", other)
);
CREATE INDEX twins_of_other ON wenbao.twins (other);
