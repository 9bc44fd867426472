use super::*;
use crate::epoch::Keys;

fn header(place: &Path, broker: &str, elements: u64) -> RequestHeader {
    let keys = Keys::at(&place.join("keys"));
    let day = |text| Instant::parse_rfc3339(text).unwrap();
    let epoch = keys.open("e").map(|(epoch, _)| epoch);
    let epoch = epoch.or_else(|_| keys.make("e", day("2025-04-01T00:00:00Z"), day("2025-05-01T00:00:00Z")));
    RequestHeader { broker: broker.to_owned(), epoch: epoch.unwrap(), policy: String::new(), elements }
}

const NOW: Instant = Instant(1_744_000_000_000_000);

#[test]
fn threads_and_open_logs_count_together_and_never_over_the_limit() {
    let place = tempfile::tempdir().unwrap();
    let (path, header) = (place.path().join("log"), header(place.path(), "ALPHA", 10));
    // Four logs of their own, as of four processes, each asked for the same twenty requests.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut journal = Journal::open(&path).unwrap();
                for request in 0..20 {
                    let accepted = journal.accept(&header, &format!("{request}"), 150, NOW);
                    assert!(matches!(accepted, Ok(()) | Err(ShareError::Limit { .. })));
                }
            });
        }
    });
    let mut journal = Journal::open(&path).unwrap();
    assert_eq!(journal.used("ALPHA", "e"), 150);
    let accepted = journal.entries().unwrap().into_iter().filter(|e| e.event == Event::Accepted);
    assert_eq!(accepted.count(), 15);
}

#[test]
fn half_a_line_is_cut_off_wherever_it_was_torn() {
    let place = tempfile::tempdir().unwrap();
    let (path, header) = (place.path().join("log"), header(place.path(), "ALPHA", 10));
    let mut running = Journal::open(&path).unwrap();
    running.accept(&header, "a", 100, NOW).unwrap();
    let one = std::fs::read(&path).unwrap();
    running.accept(&header, "b", 100, NOW).unwrap();
    let two = std::fs::read(&path).unwrap();
    for torn in one.len()..two.len() {
        std::fs::write(&path, &two[..torn]).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert_eq!(journal.used("ALPHA", "e"), 10, "{torn}");
        journal.accept(&header, "b", 100, NOW).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), two);
    }
    // What another process tore while this one had the log open.
    std::fs::write(&path, [&two[..], b"{\"time"].concat()).unwrap();
    running.accept(&header, "c", 100, NOW).unwrap();
    assert_eq!(running.entries().unwrap().len(), 3);
    std::fs::write(&path, &one).unwrap();
    let lost = running.accept(&header, "d", 100, NOW).unwrap_err();
    assert!(lost.to_string().contains("has lost lines"), "{lost}");
}
