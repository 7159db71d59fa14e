#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of a generator, all small"
)]

mod blocks;
mod city;
mod pictures;
mod steps;
