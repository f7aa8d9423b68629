-- What documents hold, in every database. Rows are never given twice and what they hold never changes; whether they are
-- seen, the catalogue alone knows. An entry's place is its row times 65,536, plus its sentence in the grain of sentences.
CREATE TABLE wenbao.bodies (
    first_row bigint PRIMARY KEY,
    id        text NOT NULL,
    outline   text NOT NULL,               -- JSON of [report::Heading]
    text      bytea NOT NULL               -- the extracted text, UTF-8: a type that takes every character
);
CREATE TABLE wenbao.passages (
    "row"     bigint PRIMARY KEY,
    first_row bigint NOT NULL,             -- its document's
    body      text NOT NULL                -- JSON of report::Passage
);
CREATE INDEX passages_of_document ON wenbao.passages (first_row);
CREATE TABLE wenbao.passage_entries (
    place     bigint PRIMARY KEY,
    first_row bigint NOT NULL,
    first_year smallint,
    last_year  smallint,
    statuses  smallint NOT NULL,           -- 1 result, 2 estimate, 4 plan
    region    text,
    v         vector({dimensions}) NOT NULL
);
CREATE TABLE wenbao.sentence_entries (LIKE wenbao.passage_entries, PRIMARY KEY (place));
CREATE INDEX passage_entries_of_document ON wenbao.passage_entries (first_row);
CREATE INDEX sentence_entries_of_document ON wenbao.sentence_entries (first_row);
-- Where a word stands in a document: places, and for each how often times 256, plus BM25's length of the entry.
CREATE TABLE wenbao.passage_postings (
    term      text COLLATE "C" NOT NULL,
    first_row bigint NOT NULL,
    places    bigint[] NOT NULL,
    counts    integer[] NOT NULL,
    PRIMARY KEY (term, first_row)
);
CREATE TABLE wenbao.sentence_postings (LIKE wenbao.passage_postings, PRIMARY KEY (term, first_row));
CREATE INDEX passage_postings_of_document ON wenbao.passage_postings (first_row);
CREATE INDEX sentence_postings_of_document ON wenbao.sentence_postings (first_row);
-- Fingerprints of passages, by which near-duplicates are found.
CREATE TABLE wenbao.sketches (
    hash      bigint NOT NULL,
    "row"     bigint NOT NULL,
    first_row bigint NOT NULL
);
CREATE INDEX sketches_of_hash ON wenbao.sketches (hash);
CREATE INDEX sketches_of_document ON wenbao.sketches (first_row);
