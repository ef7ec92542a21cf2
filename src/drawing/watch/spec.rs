//! Reads a picture's parameters and refuses what it does not know.

use std::collections::BTreeSet;

use super::ink::Rgb;
use super::space::Outline;
use crate::drawing::Params;

/// Hands out parameters by name and remembers which were asked for.
pub struct Reader<'a> {
    params: &'a Params,
    known: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    pub fn new(params: &'a Params) -> Reader<'a> {
        Reader { params, known: BTreeSet::from(["kind", "view"]) }
    }

    /// One of `allowed`; the first is the default.
    pub fn choice(&mut self, key: &'static str, allowed: &[&'static str]) -> Result<&'static str, String> {
        self.known.insert(key);
        let Some(value) = self.params.get(key) else { return Ok(allowed[0]) };
        let found = value.as_str().and_then(|v| allowed.iter().find(|a| **a == v));
        found.copied().ok_or_else(|| format!("`{key}` = {value} is not one of {}", allowed.join(", ")))
    }

    /// A colour written `#rrggbb`.
    pub fn colour(&mut self, key: &'static str, default: &str) -> Result<Rgb, String> {
        self.known.insert(key);
        let text = match self.params.get(key) {
            None => default,
            Some(value) => value.as_str().ok_or_else(|| format!("`{key}` = {value} is not a colour"))?,
        };
        Rgb::hex(text).ok_or_else(|| format!("`{key}` = {text:?} is not a colour like #1a2b3c"))
    }

    /// A colour, or none when the parameter is missing or `"none"`.
    pub fn maybe_colour(&mut self, key: &'static str) -> Result<Option<Rgb>, String> {
        self.known.insert(key);
        match self.params.get(key).and_then(|v| v.as_str()) {
            None | Some("none") if self.params.get(key).is_none_or(|v| v.is_string()) => Ok(None),
            _ => self.colour(key, "#000000").map(Some),
        }
    }

    /// A number between the two limits.
    pub fn number(&mut self, key: &'static str, default: f64, limits: (f64, f64)) -> Result<f64, String> {
        self.known.insert(key);
        let Some(value) = self.params.get(key) else { return Ok(default) };
        let number = value.as_f64().ok_or_else(|| format!("`{key}` = {value} is not a number"))?;
        if (limits.0..=limits.1).contains(&number) {
            Ok(number)
        } else {
            Err(format!("`{key}` = {number} is outside {} to {}", limits.0, limits.1))
        }
    }

    pub fn flag(&mut self, key: &'static str) -> Result<bool, String> {
        self.known.insert(key);
        let Some(value) = self.params.get(key) else { return Ok(false) };
        value.as_bool().ok_or_else(|| format!("`{key}` = {value} is not true or false"))
    }

    /// Short text of capital letters and digits that can be drawn.
    pub fn words(&mut self, key: &'static str, default: &str) -> Result<String, String> {
        self.known.insert(key);
        let text = match self.params.get(key) {
            None => default,
            Some(value) => value.as_str().ok_or_else(|| format!("`{key}` = {value} is not text"))?,
        };
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " .-·".contains(c);
        if text.len() <= 40 && text.chars().all(fits) {
            Ok(text.to_string())
        } else {
            Err(format!("`{key}` = {text:?} must be at most 40 capital letters and digits"))
        }
    }

    /// Fails if a parameter was given that nothing asked for.
    pub fn finish(self) -> Result<(), String> {
        match self.params.keys().find(|k| !self.known.contains(k.as_str())) {
            Some(key) => Err(format!("`{key}` is not a parameter of this drawing")),
            None => Ok(()),
        }
    }
}

/// The material of a case or a buckle: highlights, body, shade.
#[derive(Clone, Copy, Debug)]
pub struct Metal {
    pub light: Rgb,
    pub body: Rgb,
    pub dark: Rgb,
}

pub const METALS: &[&str] = &["steel", "gold", "rose", "bronze", "titanium", "black"];

impl Metal {
    pub fn named(name: &str) -> Metal {
        let (light, body, dark) = match name {
            "gold" => (Rgb(255.0, 243.0, 205.0), Rgb(212.0, 172.0, 100.0), Rgb(112.0, 78.0, 32.0)),
            "rose" => (Rgb(255.0, 232.0, 216.0), Rgb(209.0, 152.0, 124.0), Rgb(112.0, 66.0, 50.0)),
            "bronze" => (Rgb(240.0, 212.0, 164.0), Rgb(164.0, 120.0, 72.0), Rgb(76.0, 50.0, 28.0)),
            "titanium" => (Rgb(222.0, 220.0, 216.0), Rgb(146.0, 144.0, 141.0), Rgb(70.0, 69.0, 68.0)),
            "black" => (Rgb(150.0, 152.0, 158.0), Rgb(52.0, 53.0, 57.0), Rgb(14.0, 14.0, 17.0)),
            _ => (Rgb(252.0, 253.0, 255.0), Rgb(188.0, 192.0, 199.0), Rgb(66.0, 70.0, 80.0)),
        };
        Metal { light, body, dark }
    }

    /// The metal at brightness `k`: 0 in the shade, 0.5 its body, 1 a highlight.
    pub fn at(&self, k: f64) -> Rgb {
        if k < 0.5 { self.dark.mix(self.body, k * 2.0) } else { self.body.mix(self.light, k * 2.0 - 1.0) }
    }

    /// Stops of a polished surface across the light.
    pub fn polished(&self) -> Vec<(f64, Rgb, f64)> {
        [
            (0.0, 0.95),
            (0.16, 0.55),
            (0.3, 1.0),
            (0.45, 0.28),
            (0.58, 0.08),
            (0.72, 0.5),
            (0.86, 0.85),
            (1.0, 0.14),
        ]
        .iter()
        .map(|(o, k)| (*o, self.at(*k), 1.0))
        .collect()
    }

    /// Stops of a brushed surface: calmer.
    pub fn brushed(&self) -> Vec<(f64, Rgb, f64)> {
        [(0.0, 0.74), (0.3, 0.56), (0.52, 0.62), (0.75, 0.42), (1.0, 0.3)]
            .iter()
            .map(|(o, k)| (*o, self.at(*k), 1.0))
            .collect()
    }

    /// Stops of a dark slope that faces away from the light.
    pub fn slope(&self) -> Vec<(f64, Rgb, f64)> {
        [(0.0, 0.12), (0.35, 0.34), (0.6, 0.6), (0.82, 0.95), (1.0, 0.5)]
            .iter()
            .map(|(o, k)| (*o, self.at(*k), 1.0))
            .collect()
    }
}

/// A strap or bracelet.
#[derive(Clone, Debug)]
pub struct Strap {
    pub material: &'static str,
    pub colour: Rgb,
    pub stitch: Option<Rgb>,
    pub stripe: Option<Rgb>,
    pub metal: Metal,
    /// Width at the lugs, tenths of a millimetre.
    pub width: f64,
    /// Width at the buckle.
    pub taper: f64,
    pub buckle: &'static str,
}

impl Strap {
    pub fn read(r: &mut Reader<'_>, metal: Metal, width: f64) -> Result<Strap, String> {
        let materials =
            ["leather", "suede", "grained", "textile", "rubber", "tropic", "mesh", "three-link", "five-link"];
        let material = r.choice("strap", &materials)?;
        let colour = r.colour("strap_color", "#6b4226")?;
        let stitch = r.maybe_colour("stitch")?;
        let stripe = r.maybe_colour("stripe")?;
        let buckle = r.choice("buckle", &["pin", "folding"])?;
        let taper = width - r.number("taper", 2.0, (0.0, 6.0))? * 10.0;
        Ok(Strap { material, colour, stitch, stripe, metal, width, taper, buckle })
    }

    /// Made of metal all through?
    pub fn is_metal(&self) -> bool {
        matches!(self.material, "mesh" | "three-link" | "five-link")
    }
}

/// Everything that a watch is drawn from; lengths in tenths of a millimetre.
#[derive(Clone, Debug)]
pub struct Watch {
    pub case: Outline,
    pub round_opening: bool,
    pub thickness: f64,
    pub lug_to_lug: f64,
    pub lugs: &'static str,
    pub metal: Metal,
    pub finish: &'static str,
    pub bezel: &'static str,
    pub bezel_metal: Metal,
    pub bezel_colour: Rgb,
    pub bezel_colour2: Rgb,
    pub crown: &'static str,
    pub pushers: &'static str,
    pub dial: Dial,
    pub hands: Hands,
    pub strap: Strap,
    pub back: &'static str,
    pub movement: &'static str,
    pub ground: &'static str,
    /// What is engraved on a solid back.
    pub emblem: &'static str,
    /// Seen from behind: the crown is at the left.
    pub flipped: bool,
}

/// The face of a watch.
#[derive(Clone, Debug)]
pub struct Dial {
    pub colour: Rgb,
    pub texture: &'static str,
    pub sector: Option<Rgb>,
    pub track: &'static str,
    pub track_colour: Rgb,
    pub indices: &'static str,
    pub index_colour: Rgb,
    pub lume: Option<Rgb>,
    pub subdials: &'static str,
    pub subdial_colour: Rgb,
    pub date: &'static str,
    pub date_colour: Rgb,
    pub logo: String,
    pub line: String,
}

/// What turns above the dial.
#[derive(Clone, Debug)]
pub struct Hands {
    pub shape: &'static str,
    pub colour: Rgb,
    pub seconds: &'static str,
    pub seconds_colour: Rgb,
    pub gmt: Option<Rgb>,
    /// Minutes after ten; the hands stand at 10:07 to 10:11.
    pub minute: f64,
}

impl Watch {
    pub fn read(r: &mut Reader<'_>) -> Result<Watch, String> {
        let size = r.number("size", 39.0, (26.0, 46.0))? * 10.0;
        let shape = r.choice("shape", &["round", "cushion", "tonneau", "square"])?;
        let (case, round_opening) = outline(shape, size / 2.0);
        let metal_name = r.choice("metal", METALS)?;
        let metal = Metal::named(metal_name);
        let bezel_metal = match r
            .choice("bezel_metal", &["case", "steel", "gold", "rose", "bronze", "titanium", "black"])?
        {
            "case" => metal,
            other => Metal::named(other),
        };
        let tall = case.cut.unwrap_or(case.half.1);
        let lug_to_lug = r.number("lug_to_lug", tall * 0.24, (30.0, 56.0))? * 10.0;
        let strap_width = r.number("lug_width", 20.0, (12.0, 24.0))? * 10.0;
        let buckle_metal = match r
            .choice("buckle_metal", &["case", "steel", "gold", "rose", "bronze", "titanium", "black"])?
        {
            "case" => metal,
            other => Metal::named(other),
        };
        let movement = r.choice("movement", &["automatic", "manual", "quartz"])?;
        Ok(Watch {
            case,
            round_opening: round_opening || r.flag("round_opening")?,
            thickness: r.number("thickness", 10.5, (5.0, 16.0))? * 10.0,
            lug_to_lug: lug_to_lug.max(tall * 2.0 + 20.0),
            lugs: r.choice("lugs", &["straight", "curved", "wire", "broad"])?,
            metal,
            finish: r.choice("finish", &["polished", "brushed", "matt"])?,
            bezel: r.choice(
                "bezel",
                &["plain", "thin", "stepped", "coin", "diver", "countdown", "gmt", "tachymeter"],
            )?,
            bezel_metal,
            bezel_colour: r.colour("bezel_color", "#17191d")?,
            bezel_colour2: r.colour("bezel_color2", "#8c2f2b")?,
            crown: r.choice("crown", &["round", "onion", "guarded", "large"])?,
            pushers: r.choice("pushers", &["none", "pump", "square"])?,
            dial: Dial::read(r)?,
            hands: Hands::read(r)?,
            strap: Strap::read(r, buckle_metal, strap_width)?,
            back: r.choice("back", &["sapphire", "solid"])?,
            movement,
            ground: r.choice("ground", &["paper", "night", "forest", "umber"])?,
            emblem: r.choice("emblem", &["orbits", "waves", "compass", "peaks"])?,
            flipped: false,
        })
    }
}

fn outline(shape: &str, half: f64) -> (Outline, bool) {
    match shape {
        "cushion" => (Outline { half: (half, half), power: 3.4, cut: None }, true),
        "tonneau" => (Outline { half: (half, half * 1.42), power: 2.7, cut: Some(half * 1.17) }, false),
        "square" => (Outline { half: (half, half * 1.0), power: 8.0, cut: None }, false),
        _ => (Outline::round(half), true),
    }
}

impl Dial {
    fn read(r: &mut Reader<'_>) -> Result<Dial, String> {
        let colour = r.colour("dial", "#1c1e21")?;
        let dark = colour.luma() < 0.5;
        let textures = ["matt", "sunburst", "guilloche", "enamel", "fume", "linen", "grained"];
        let indices = ["baton", "arabic", "roman", "dots", "plots", "breguet", "pilot", "mixed"];
        Ok(Dial {
            colour,
            texture: r.choice("texture", &textures)?,
            sector: r.maybe_colour("sector")?,
            track: r.choice("track", &["ticks", "railroad", "dots", "fine", "none"])?,
            track_colour: r.colour("track_color", if dark { "#e9e6dc" } else { "#2a2c30" })?,
            indices: r.choice("indices", &indices)?,
            index_colour: r.colour("index_color", if dark { "#f1eee4" } else { "#24262b" })?,
            lume: r.maybe_colour("lume")?,
            subdials: r.choice("subdials", &["none", "seconds", "two", "three", "reserve", "moon"])?,
            subdial_colour: r.colour("subdial_color", &colour.to_string())?,
            date: r.choice("date", &["none", "three", "half-past-four", "six"])?,
            date_colour: r.colour("date_color", if dark { "#f4f1e8" } else { "#fbf9f3" })?,
            logo: r.words("logo", "ORRERY")?,
            line: r.words("line", "")?,
        })
    }
}

impl Hands {
    fn read(r: &mut Reader<'_>) -> Result<Hands, String> {
        let shapes = [
            "dauphine",
            "pencil",
            "sword",
            "leaf",
            "cathedral",
            "block",
            "moon",
            "syringe",
            "baton",
            "broad",
        ];
        Ok(Hands {
            shape: r.choice("hands", &shapes)?,
            colour: r.colour("hand_color", "#e4e6ea")?,
            seconds: r.choice("seconds", &["centre", "small", "none"])?,
            seconds_colour: r.colour("seconds_color", "#e4e6ea")?,
            gmt: r.maybe_colour("gmt_hand")?,
            minute: r.number("minute", 9.0, (7.0, 11.0))?,
        })
    }
}
