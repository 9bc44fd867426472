//! Worlds with popular objects, hyperactive accounts, repeated fills and planted operators, by seed.
#![allow(dead_code, reason = "every test file takes what it needs")]

use itoguchi_coaction::{Act, Acts, NO_CONTENT};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct World {
    pub accounts: u32,
    pub objects: u32,
    pub acts: u32,
    /// Instants from nought to here.
    pub span: i64,
    pub window: i64,
    /// Objects are drawn as this power of a uniform number: the higher, the more popular the first ones.
    pub crowding: i32,
    /// Accounts with a hundred acts or more.
    pub hyperactive: u32,
    /// Pairs that meet on a few thin objects.
    pub thin_pairs: u32,
    /// Pairs that meet again and again on one popular object.
    pub repeat_pairs: u32,
    /// Accounts of one operator that meet on some objects.
    pub group: u32,
    pub group_objects: u32,
}

impl World {
    pub const PLAIN: Self = Self {
        accounts: 600,
        objects: 400,
        acts: 4_000,
        span: 100_000,
        window: 60,
        crowding: 3,
        hyperactive: 4,
        thin_pairs: 20,
        repeat_pairs: 8,
        group: 12,
        group_objects: 5,
    };

    /// The acts; planted accounts have the highest ids.
    pub fn acts(&self, seed: u64) -> Vec<Act> {
        let mut lots = ChaCha8Rng::seed_from_u64(seed);
        let mut made = Made { acts: Vec::new() };
        for i in 0..self.acts {
            // squared: some accounts are twenty times as active as others
            let actor = (f64::from(self.accounts) * lots.random_range(0.0_f64..1.0).powi(2)) as u32;
            let burst = lots.random_range(0..4) == 0;
            let time = if burst {
                i64::from(i % 7) * (self.span / 7) + lots.random_range(0..=self.window)
            } else {
                lots.random_range(0..self.span)
            };
            let fills = if lots.random_range(0..6) == 0 { lots.random_range(1..5) } else { 1 };
            let object = self.object(&mut lots);
            made.fills(object, time, actor, fills, &mut lots);
        }
        for actor in self.accounts..self.accounts + self.hyperactive {
            let own = self.object(&mut lots);
            for _ in 0..lots.random_range(100..400) {
                let object = if lots.random_range(0..3) == 0 { own } else { self.object(&mut lots) };
                let time = lots.random_range(0..self.span);
                made.fills(object, time, actor, 1, &mut lots);
            }
        }
        self.plant(&mut made, &mut lots);
        made.acts
    }

    fn plant(&self, made: &mut Made, lots: &mut ChaCha8Rng) {
        let mut next = self.accounts + self.hyperactive;
        for _ in 0..self.thin_pairs {
            for _ in 0..lots.random_range(2..9) {
                let object = self.objects / 2 + lots.random_range(0..self.objects / 2 + 1);
                self.meet(made, object, &[next, next + 1], lots);
            }
            for actor in [next, next + 1] {
                for _ in 0..lots.random_range(0..12) {
                    let (object, time) = (self.object(lots), lots.random_range(0..self.span));
                    made.fills(object, time, actor, 1, lots);
                }
            }
            next += 2;
        }
        for kind in 0..self.repeat_pairs {
            let object = if kind % 2 == 0 { 0 } else { self.object(lots) };
            let far = 6 * self.window + 7;
            for visit in 0..lots.random_range(2..15) {
                if kind % 4 < 2 {
                    self.meet(made, object, &[next, next + 1], lots);
                } else {
                    // one visit of one account's, two of the other's
                    let at = visit * far + i64::from(next);
                    let w = self.window;
                    for (actor, time) in
                        [(next, at + w), (next, at + w + 1), (next + 1, at), (next + 1, at + 2 * w + 1)]
                    {
                        made.fills(object, time, actor, 1, lots);
                    }
                }
            }
            next += 2;
        }
        let group: Vec<u32> = (next..next + self.group).collect();
        for _ in 0..self.group_objects {
            let object = self.object(lots).max(self.objects / 8);
            self.meet(made, object, &group, lots);
        }
    }

    fn object(&self, lots: &mut ChaCha8Rng) -> u32 {
        (f64::from(self.objects) * lots.random_range(0.0_f64..1.0).powi(self.crowding)) as u32
    }

    fn meet(&self, made: &mut Made, object: u32, actors: &[u32], lots: &mut ChaCha8Rng) {
        let since = lots.random_range(0..self.span);
        for actor in actors {
            let time = since + lots.random_range(0..=self.window);
            let fills = if lots.random_range(0..4) == 0 { lots.random_range(1..6) } else { 1 };
            made.fills(object, time, *actor, fills, lots);
        }
    }
}

struct Made {
    acts: Vec<Act>,
}

impl Made {
    fn fills(&mut self, object: u32, time: i64, actor: u32, number: u32, lots: &mut ChaCha8Rng) {
        for _ in 0..number {
            let time = time + lots.random_range(0..3);
            self.acts.push(Act { object, time, actor, content: NO_CONTENT });
        }
    }
}

pub fn table(acts: &[Act]) -> Acts {
    acts.iter().copied().collect()
}
