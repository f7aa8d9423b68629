//! Archives of documents (.zip): the files in them, those of archives in them included.

use std::io::{Cursor, Read};

use wenbao_lang::han::is_han;

use super::sniff::{self, Format};
use crate::error::{Error, Limits};

/// Archives in archives are opened no deeper.
const MAX_DEPTH: usize = 3;
/// No archive has more files.
const MOST_FILES: usize = 1000;

/// A file of an archive.
pub(crate) struct Packed {
    /// Its path inside, with slashes.
    pub path: String,
    /// Its bytes, or why there are none.
    pub bytes: Result<Vec<u8>, Error>,
}

/// The files of an archive, in the order of their names. Hidden files and those that systems put beside others are left out.
pub(crate) fn files(bytes: &[u8], limits: &Limits) -> Result<Vec<Packed>, Error> {
    let mut out = Vec::new();
    let mut left = limits.content_bytes;
    unpack(bytes, "", 0, limits, &mut left, &mut out)?;
    if out.is_empty() {
        return Err(Error::Empty);
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

fn unpack(
    bytes: &[u8],
    within: &str,
    depth: usize,
    limits: &Limits,
    left: &mut u64,
    out: &mut Vec<Packed>,
) -> Result<(), Error> {
    let damaged = |e: zip::result::ZipError| Error::Damaged { format: ".zip", detail: e.to_string() };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let names: Vec<Vec<u8>> = archive.file_names_raw().map(<[u8]>::to_vec).collect();
    for (i, raw) in names.iter().enumerate() {
        let name = name(raw);
        if name.ends_with('/') || is_hidden(&name) {
            continue;
        }
        Limits::count("the number of its files", out.len() + 1, MOST_FILES)?;
        let path = if within.is_empty() { name } else { format!("{within}/{name}") };
        let bytes = match archive.by_index(i) {
            Ok(file) => read(file, limits, left),
            Err(zip::result::ZipError::UnsupportedArchive(_) | zip::result::ZipError::InvalidPassword) => {
                Err(Error::Encrypted)
            }
            Err(e) => Err(damaged(e)),
        };
        // What has filled the limit is no file's fault but the archive's.
        if let Err(error @ Error::TooLarge { .. }) = bytes {
            return Err(error);
        }
        match bytes {
            Ok(inner) if matches!(sniff::sniff(&inner, Some(&path)), Ok(Format::Archive)) => {
                if depth + 1 >= MAX_DEPTH {
                    let detail = format!("archives nest more than {MAX_DEPTH} deep");
                    out.push(Packed { path, bytes: Err(Error::Damaged { format: ".zip", detail }) });
                } else if let Err(error) = unpack(&inner, &path, depth + 1, limits, left, out) {
                    match error {
                        Error::TooLarge { .. } => return Err(error),
                        error => out.push(Packed { path, bytes: Err(error) }),
                    }
                }
            }
            bytes => out.push(Packed { path, bytes }),
        }
    }
    Ok(())
}

/// One file, unpacked up to what is left of the limit, whatever its header says.
fn read(file: impl Read, limits: &Limits, left: &mut u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    file.take(*left + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::Damaged { format: ".zip", detail: e.to_string() })?;
    if bytes.len() as u64 > *left {
        let limit = format!("{} MB", limits.content_bytes >> 20);
        return Err(Error::TooLarge { what: "what is unpacked of it", limit });
    }
    *left -= bytes.len() as u64;
    Ok(bytes)
}

/// A name in an archive: UTF-8, else as Chinese programs write it, GBK. Backslashes are slashes.
fn name(raw: &[u8]) -> String {
    let (gbk, bad) = encoding_rs::GB18030.decode_without_bom_handling(raw);
    let has_han = |name: &str| name.chars().any(is_han);
    let name = match std::str::from_utf8(raw) {
        // The two bytes of 图 in GBK are a Greek letter in UTF-8: of the two readings the one with Han characters is meant.
        Ok(name) if name.is_ascii() || has_han(name) || bad || !has_han(&gbk) => name.to_owned(),
        _ => gbk.into_owned(),
    };
    name.replace('\\', "/")
}

/// Hidden files, and what systems put beside the files of people.
fn is_hidden(name: &str) -> bool {
    let system = ["__MACOSX", "Thumbs.db", "desktop.ini"];
    let mut steps = name.split('/').filter(|part| !matches!(*part, "." | ".."));
    steps.any(|part| part.starts_with('.') || part.starts_with("~$") || system.contains(&part))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zip(files: &[(&[u8], &[u8])]) -> Vec<u8> {
        // Names of any bytes: written as others of the same length, and put in afterwards.
        let stand_in = |i: usize, name: &[u8]| char::from(b'P' + i as u8).to_string().repeat(name.len());
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (i, (name, content)) in files.iter().enumerate() {
            zip.start_file(stand_in(i, name), zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        let mut bytes = zip.finish().unwrap().into_inner();
        for (i, (name, _)) in files.iter().enumerate() {
            let stand_in = stand_in(i, name).into_bytes();
            for at in 0..bytes.len().saturating_sub(name.len()) {
                if bytes[at..at + name.len()] == stand_in[..] {
                    bytes[at..at + name.len()].copy_from_slice(name);
                }
            }
        }
        bytes
    }

    #[test]
    fn names_in_gbk_and_archives_in_archives_are_read() {
        let (gbk, _, _) = encoding_rs::GBK.encode("报告\\一.txt");
        let inner = zip(&[(b"a.txt", b"one")]);
        let bytes = zip(&[(&gbk, "文".as_bytes()), (b"in.zip", &inner), (b".hidden", b"x"), (b"__MACOSX/a", b"x")]);
        let got: Vec<(String, usize)> =
            files(&bytes, &Limits::default()).unwrap().into_iter().map(|f| (f.path, f.bytes.unwrap().len())).collect();
        assert_eq!(got, [("in.zip/a.txt".to_owned(), 3), ("报告/一.txt".to_owned(), 3)]);
    }

    #[test]
    fn an_archive_is_unpacked_up_to_the_limit() {
        let bytes = zip(&[(b"a.txt", &[b'a'; 4000]), (b"bb.txt", &[b'b'; 4000])]);
        let limits = Limits { content_bytes: 5000, ..Limits::default() };
        assert!(matches!(files(&bytes, &limits), Err(Error::TooLarge { .. })));
    }
}
