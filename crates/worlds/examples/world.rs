//! Makes a world in a folder: `cargo run -p itoguchi-worlds --example world -- plain 30000 1 /tmp/case`.

use std::path::PathBuf;

use itoguchi_worlds::{Request, simulate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [world, accounts, seed, out] = words.as_slice() else {
        return Err("say WORLD ACCOUNTS SEED FOLDER (0 accounts: the world's own number)".into());
    };
    let accounts = Some(accounts.parse()?).filter(|&n: &u32| n > 0);
    let made = simulate(&Request { world: world.clone(), accounts, days: None, seed: seed.parse()? })?;
    made.write(&PathBuf::from(out), made.format())?;
    Ok(())
}
