//! Abilities by the names that command lines use.

use std::str::FromStr;

use crate::v1::Ability;

/// No ability has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is unknown: expected turn, nod, come-closer, mouth or blink")]
pub struct UnknownAbility(String);

impl FromStr for Ability {
    type Err = UnknownAbility;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_str_name(&format!("ABILITY_{}", name.to_uppercase().replace('-', "_")))
            .filter(|ability| *ability != Self::Unspecified)
            .ok_or_else(|| UnknownAbility(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_an_error_offers_are_the_abilities_there_are() {
        let UnknownAbility(name) = "fly".parse::<Ability>().unwrap_err();
        let offered = UnknownAbility(name).to_string();
        let names = offered.split_once("expected ").unwrap().1;
        let known: Vec<Ability> =
            names.replace(" or ", ", ").split(", ").map(|name| name.parse().unwrap()).collect();
        assert_eq!(known, (1..).map_while(|code| Ability::try_from(code).ok()).collect::<Vec<_>>());
        assert!("unspecified".parse::<Ability>().is_err());
    }
}
