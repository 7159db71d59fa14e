//! Rules one by one, over a small scene.
