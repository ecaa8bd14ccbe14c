//! How bodies travel: compressed, too large, damaged.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::trace;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 1).unwrap()
}

#[test]
fn bodies_may_be_compressed() {
    let server = TestServer::start();
    type Compress = fn(&[u8]) -> Vec<u8>;
    let ways: [(&str, Compress); 6] = [
        ("gzip", gzip),
        ("x-gzip", gzip),
        ("deflate", zlib),
        ("deflate", deflate),
        ("ZSTD", zstd),
        ("identity", <[u8]>::to_vec),
    ];
    for (number, (encoding, compress)) in (1..).zip(ways) {
        let body = trace(number, 0, 1, json!({"input": "x".repeat(200_000)})).to_string();
        let call = server.post("/traces").header("Content-Encoding", encoding);
        call.body(compress(body.as_bytes())).expect(202);
    }
    assert_eq!(server.get("/traces").expect(200)["total"], 6);
}

#[test]
fn what_does_not_decompress_is_the_clients_fault() {
    let server = TestServer::start();
    for encoding in ["gzip", "zstd", "deflate"] {
        for body in [&b"{}"[..], b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08", b""] {
            let call = server.post("/traces").header("Content-Encoding", encoding);
            let status = call.body(body).send().status;
            assert!(
                (400..500).contains(&status),
                "{encoding} {body:?}: {status}"
            );
        }
    }
    let whole = gzip(trace(1, 0, 1, json!({})).to_string().as_bytes());
    let cut = &whole[..whole.len() / 2];
    let problem = server
        .post("/traces")
        .header("Content-Encoding", "gzip")
        .body(cut)
        .expect(400);
    assert_eq!(problem["code"], "bad_request");
    let problem = server
        .post("/traces")
        .header("Content-Encoding", "br")
        .body("x")
        .expect(415);
    assert_eq!(problem["code"], "unsupported_media_type");
    assert_eq!(server.get("/traces").expect(200)["total"], 0);
}

#[test]
fn bodies_over_the_limit_are_refused_with_its_size() {
    let server = TestServer::builder().body_limit(10_000).start();
    let body = trace(1, 0, 1, json!({"input": "x".repeat(10_000)})).to_string();
    let problem = server.post("/traces").body(body.clone()).expect(413);
    assert_eq!(problem["code"], "payload_too_large");
    assert!(
        problem["detail"].as_str().unwrap().contains("10000 bytes"),
        "{problem}"
    );
    server
        .post("/traces/batch")
        .body(format!("[{body}]"))
        .expect(413);
    let compressed = gzip(body.as_bytes());
    assert!(compressed.len() < 1_000);
    server
        .post("/traces")
        .header("Content-Encoding", "gzip")
        .body(compressed)
        .expect(413);
    let small = trace(1, 0, 1, json!({"input": "x".repeat(9_000)}));
    server.post("/traces").json(&small).expect(202);
}

#[test]
fn a_body_that_inflates_without_end_stops_at_the_limit() {
    let server = TestServer::builder().body_limit(1 << 20).start();
    let bomb = vec![b' '; 200 << 20];
    for (encoding, compressed) in [
        ("gzip", gzip(&bomb)),
        ("zstd", zstd(&bomb)),
        ("deflate", zlib(&bomb)),
    ] {
        assert!(compressed.len() < 1 << 20);
        let call = server.post("/traces").header("Content-Encoding", encoding);
        call.body(compressed).expect(413);
    }
}

#[test]
fn a_large_body_is_read_to_the_end_so_that_the_answer_arrives() {
    let server = TestServer::builder().body_limit(1_000).start();
    // Sent in one go, without waiting for the answer.
    let problem = server
        .post("/traces")
        .body(vec![b' '; 20 << 20])
        .expect(413);
    assert_eq!(problem["status"], 413);
}

#[test]
fn chunked_bodies_meet_the_same_limit() {
    let server = TestServer::builder().body_limit(1_000).start();
    let answer = |chunks: usize| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let head = format!(
            "POST /traces HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
            server.address()
        );
        stream.write_all(head.as_bytes()).unwrap();
        for _ in 0..chunks {
            stream.write_all(b"64\r\n").unwrap();
            stream.write_all(&[b' '; 100]).unwrap();
            stream.write_all(b"\r\n").unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(answer(20).starts_with("HTTP/1.1 413 "));
    assert!(answer(5).starts_with("HTTP/1.1 422 "));
}

#[test]
fn overload_is_answered_with_a_time_to_come_back() {
    let server = TestServer::builder().in_flight_limit(100_000).start();
    // One client announces a body, sends most of it and stalls.
    let mut stalled = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST /traces HTTP/1.1\r\nHost: {}\r\nContent-Length: 200000\r\n\r\n",
        server.address()
    );
    stalled.write_all(head.as_bytes()).unwrap();
    stalled.write_all(&vec![b' '; 99_000]).unwrap();
    let body = trace(1, 0, 1, json!({"input": "x".repeat(5_000)})).to_string();
    while server.engine().in_flight_bytes() < 99_000 {
        std::thread::yield_now();
    }
    let refused = server.post("/traces").body(body.clone()).send();
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"));
    assert_eq!(refused.json()["code"], "overloaded");
    drop(stalled);
    while server.engine().in_flight_bytes() > 0 {
        std::thread::yield_now();
    }
    server.post("/traces").body(body).expect(202);
}

/// Every operation on data that takes a body reads it in the same way.
#[test]
fn every_body_is_read_alike() {
    let server = TestServer::builder().body_limit(1_000).start();
    let specification = server.get("/openapi.json").expect(200);
    let mut tried = 0;
    for (path, item) in specification["paths"].as_object().unwrap() {
        let of_data = ["/traces", "/sessions", "/evaluations"];
        if !of_data.iter().any(|start| path.starts_with(start)) {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("requestBody").is_none() {
                continue;
            }
            tried += 1;
            let uuid = crate::given::id(1);
            let path = path
                .replace("{trace_id}", &uuid)
                .replace("{span_id}", &uuid)
                .replace("{session_id}", "s");
            let call = || server.call(&method.to_uppercase(), &format!("{path}?id=s"));
            let mut statuses = vec![
                call().body("{").send().status,
                call().body("").send().status,
                call().body(vec![b' '; 2_000]).send().status,
            ];
            for encoding in ["br", "gzip"] {
                let call = call().header("Content-Encoding", encoding);
                statuses.push(call.body("not compressed").send().status);
            }
            // A batch may be lines, and a bad line fails no other.
            let malformed = if path == "/traces/batch" { 202 } else { 422 };
            assert_eq!(statuses, [malformed, 422, 413, 415, 400], "{method} {path}");
            for status in ["400", "408", "409", "413", "415", "422", "429", "503"] {
                assert!(operation["responses"].get(status).is_some(), "{status}");
            }
        }
    }
    assert!(tried >= 12, "{tried}");
}
