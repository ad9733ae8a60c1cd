"""The agency of the demo, its three clients, their people and the temper of each one's answers."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """A contact; `marks` is the usual mark in the first and the second wave, None where they stay silent."""

    civility: str
    name: str
    email: str
    role: str
    job_title: str
    marks: tuple[int | None, int | None]
    is_signatory: bool = False
    language: str = "fr"
    not_applicable: frozenset[str] = frozenset()
    comments: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class PlayedClient:
    """A client, the lines of its agreement, and how far from today its two waves lie."""

    key: str
    name: str
    questionnaire: str
    campaign_title: str
    days_ago: tuple[int, int]
    bonus: str
    people: tuple[Person, ...]
    survey_lines: tuple[tuple[str, str, str], ...]
    shifts: dict[str, tuple[int, int]] = field(default_factory=dict)
    facts: dict[str, tuple[dict[str, int], dict[str, int]]] = field(default_factory=dict)
    receives_marks: bool = False

    @property
    def has_facts_beside(self) -> bool:
        """Tell whether lines that no survey measures are part of this client's agreement."""
        return FACT_LINES[0] in self.facts


# Lines beside the survey that the first client's agreement holds: counted facts and a document.
FACT_LINES = ("time_delivery", "finance_quote_compliance", "finance_payment_timeliness")
EVIDENCE_LINE = "security_backup"

# What went wrong, why, and what is done about it, by line; the empty key serves every other line.
PLAN_TEXTS = {
    "time_production_schedule": (
        "Trois jalons de production sur dix ont été tenus avec retard.",
        "Le rétroplanning n’est pas revu après chaque changement de brief.",
        "Revoir le rétroplanning à chaque changement de brief, avec accord écrit sous 24 h",
    ),
    "service_reporting_quality": (
        "Les reportings arrivent sans les écarts de budget.",
        "Le modèle de reporting date d’avant le suivi budgétaire commun.",
        "Nouveau modèle de reporting avec les écarts, envoyé le 5 de chaque mois",
    ),
    "service_proactivity": (
        "L’équipe propose peu d’idées hors brief.",
        "Aucun moment n’est prévu pour proposer.",
        "Une séance d’idées par mois, trois pistes chiffrées à chaque fois",
    ),
    "quality_technical": (
        "Deux livraisons ont demandé une reprise du son.",
        "Le contrôle technique se fait après l’envoi.",
        "Contrôle technique image et son avant chaque envoi, avec fiche signée",
    ),
    "": (
        "La note est passée sous le seuil convenu.",
        "L’organisation actuelle ne permet pas de tenir l’engagement à chaque fois.",
        "Point d’équipe hebdomadaire sur cet engagement, avec relevé des écarts",
    ),
}

AGENCY_KEY = "agence-horizon"
AGENCY_NAME = "Agence Horizon"
AGENCY_ADDRESS = "12 rue des Vinaigriers, 75010 Paris"
LEAD_NAME = "Camille Laurent"
LEAD_EMAIL = "camille.laurent@agence-horizon.example"
SECOND_NAME = "Antoine Mercier"
SECOND_EMAIL = "antoine.mercier@agence-horizon.example"

CLIENTS = (
    PlayedClient(
        key="maison-valrose",
        name="Maison Valrose",
        questionnaire="annual_review",
        campaign_title="Bilan semestriel",
        days_ago=(190, 26),
        bonus="24000",
        survey_lines=(
            ("service_account_team_availability", "7", "8.5"),
            ("service_responsiveness", "7", "8.5"),
            ("service_adaptability", "7", "8.5"),
            ("service_reporting_quality", "7", "8"),
            ("service_project_followup", "7", "8.5"),
            ("service_relationship_quality", "7.5", "9"),
            ("service_proactivity", "7", "8.5"),
            ("service_daily_rigour", "7", "8.5"),
            ("quality_creative", "7", "9"),
            ("quality_technical", "7", "8.5"),
            ("quality_revision_rounds", "6.5", "8"),
            ("time_production_schedule", "7", "8.5"),
        ),
        people=(
            Person(
                "madam",
                "Hélène Dupont",
                "helene.dupont@maison-valrose.example",
                "marketing",
                "Directrice marketing",
                (7, 8),
                is_signatory=True,
                comments=(
                    "Le suivi des plannings nous a obligés à relancer trop souvent.",
                    "Net progrès sur le planning depuis le printemps.",
                ),
            ),
            Person(
                "sir",
                "Marc Lefèvre",
                "marc.lefevre@maison-valrose.example",
                "purchasing",
                "Responsable achats",
                (6, 7),
                not_applicable=frozenset({"quality_creative"}),
                comments=("Les reportings arrivent sans les écarts de budget.", ""),
            ),
            Person(
                "madam", "Nadia Benali", "nadia.benali@maison-valrose.example", "marketing", "Cheffe de groupe", (8, 8)
            ),
            Person(
                "sir",
                "Olivier Caron",
                "olivier.caron@maison-valrose.example",
                "management",
                "Directeur général",
                (8, 9),
                not_applicable=frozenset({"quality_technical", "service_reporting_quality"}),
            ),
            Person(
                "madam",
                "Sophie Marchand",
                "sophie.marchand@maison-valrose.example",
                "cost_control",
                "Contrôleuse de gestion",
                (None, 7),
                not_applicable=frozenset({"quality_creative", "quality_technical"}),
            ),
            Person("sir", "Julien Roy", "julien.roy@maison-valrose.example", "marketing", "Chef de produit", (7, None)),
            Person(
                "madam",
                "Claire Fontaine",
                "claire.fontaine@maison-valrose.example",
                "marketing",
                "Responsable digital",
                (7, 8),
                comments=("", "L'équipe propose davantage, et plus tôt."),
            ),
        ),
        shifts={
            "time_production_schedule": (-2, 1),
            "service_reporting_quality": (-1, 0),
            "service_relationship_quality": (1, 1),
            "quality_creative": (1, 1),
        },
        facts={
            "service_responsiveness": (
                {"answers_within_delay": 168, "requests": 190},
                {"answers_within_delay": 194, "requests": 203},
            ),
            "time_delivery": (
                {"deliveries_on_time": 41, "deliveries_due": 46},
                {"deliveries_on_time": 58, "deliveries_due": 60},
            ),
            "finance_quote_compliance": (
                {"invoices_above_quote": 1, "invoices_same_specification": 34},
                {"invoices_above_quote": 1, "invoices_same_specification": 41},
            ),
            "finance_payment_timeliness": (
                {"revenue_paid_late": 41_200, "revenue_due": 286_000},
                {"revenue_paid_late": 12_900, "revenue_due": 331_500},
            ),
        },
    ),
    PlayedClient(
        key="brasserie-du-littoral",
        name="Brasserie du Littoral",
        questionnaire="quarterly_barometer",
        campaign_title="Baromètre",
        days_ago=(184, 22),
        receives_marks=True,
        bonus="9000",
        survey_lines=(
            ("service_account_team_availability", "7", "9"),
            ("service_responsiveness", "7", "9"),
            ("service_project_followup", "7", "8.5"),
            ("service_proactivity", "7", "8.5"),
            ("quality_creative", "7", "9"),
            ("quality_revision_rounds", "7", "8"),
            ("time_production_schedule", "7", "8.5"),
        ),
        people=(
            Person(
                "madam",
                "Anne Kervella",
                "anne.kervella@brasserie-littoral.example",
                "marketing",
                "Directrice de la marque",
                (8, 9),
                is_signatory=True,
                comments=("", "La nouvelle plateforme de marque est une réussite."),
            ),
            Person("sir", "Yann Le Goff", "yann.legoff@brasserie-littoral.example", "purchasing", "Acheteur", (7, 8)),
            Person(
                "madam",
                "Emma Johnson",
                "emma.johnson@brasserie-littoral.example",
                "management",
                "Chief executive",
                (8, 8),
                language="en",
                comments=("We hear from the team when we ask, rarely before.", ""),
            ),
            Person(
                "sir",
                "Thomas Riou",
                "thomas.riou@brasserie-littoral.example",
                "cost_control",
                "Directeur financier",
                (None, None),
            ),
            Person(
                "madam",
                "Louise Prigent",
                "louise.prigent@brasserie-littoral.example",
                "marketing",
                "Cheffe de produit",
                (7, 8),
            ),
        ),
        shifts={"service_proactivity": (-2, -2), "quality_creative": (1, 1)},
        facts={
            "service_responsiveness": (
                {"answers_within_delay": 88, "requests": 95},
                {"answers_within_delay": 101, "requests": 106},
            ),
        },
    ),
    PlayedClient(
        key="groupe-altea",
        name="Groupe Altéa",
        questionnaire="annual_review_audiovisual",
        campaign_title="Production audiovisuelle",
        days_ago=(178, 18),
        bonus="15000",
        survey_lines=(
            ("service_account_team_availability", "7", "8.5"),
            ("service_project_followup", "7", "8.5"),
            ("service_relationship_quality", "7", "8.5"),
            ("service_daily_rigour", "7", "8.5"),
            ("quality_creative", "7.5", "9"),
            ("quality_technical", "7", "9"),
            ("time_production_schedule", "7", "8.5"),
        ),
        people=(
            Person(
                "madam",
                "Inès Moreau",
                "ines.moreau@groupe-altea.example",
                "marketing",
                "Directrice de la communication",
                (9, 8),
                is_signatory=True,
            ),
            Person(
                "sir",
                "Paul Girard",
                "paul.girard@groupe-altea.example",
                "marketing",
                "Responsable contenus",
                (8, 8),
                comments=("Image superbe, son à reprendre deux fois.", ""),
            ),
            Person(
                "madam",
                "Fatou Diallo",
                "fatou.diallo@groupe-altea.example",
                "purchasing",
                "Directrice des achats",
                (7, None),
            ),
            Person(
                "sir",
                "Éric Chevalier",
                "eric.chevalier@groupe-altea.example",
                "management",
                "Directeur général adjoint",
                (None, 9),
                not_applicable=frozenset({"quality_technical"}),
            ),
        ),
        shifts={"quality_technical": (-2, 1), "time_production_schedule": (0, -1)},
    ),
)
