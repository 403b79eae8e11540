"""Terms of data, training and its curves; see `pages.components.terms`."""

from __future__ import annotations

from pages.components.term import Term

TERMS = {
    "loss": Term(
        "The number that training makes small. For classes it is the cross-entropy, the surprise (in nats) at the "
        "right class: guessing blindly among K classes gives ln K, certainty gives 0; for numbers it is a distance.",
        r"\ell = -\ln p_{\text{right class}}",
        "Goodfellow, Bengio & Courville 2016, section 6.2",
    ),
    "learning rate": Term(
        "How far the weights move against the gradient at each update. "
        "Too small a rate learns nothing in the time there is, too large a rate makes the loss jump or explode.",
        r"\Delta\theta = -\eta\, \nabla_\theta \ell",
        "Goodfellow, Bengio & Courville 2016, section 8.3.1",
    ),
    "accuracy": Term(
        "The share of rows whose most likely class is the right one. "
        "Compare it with the share of the largest class, which always guessing that class would reach.",
        r"\frac{1}{n}\sum_i [\arg\max_k p_{ik} = y_i]",
        "Goodfellow, Bengio & Courville 2016, section 5.1.2",
    ),
    "ROC curve": Term(
        "The share of right alarms against that of false ones, for every threshold on the probability of a class. "
        "The area under it is the chance that a row of the class gets a higher probability than another row: 0.5 is "
        "guessing, 1 is perfect; of several classes the mean is shown.",
        r"\text{AUC} = P(p_{\text{in}} > p_{\text{out}})",
        "Fawcett 2006, An introduction to ROC analysis",
    ),
    "precision": Term(
        "Recall is the share of a class's rows that are found, precision the share of the rows given to a class that "
        "belong there. Whoever names a class at every chance has a high recall and a low precision, and the other way "
        "round.",
        r"\text{recall} = \frac{TP}{TP + FN} \qquad \text{precision} = \frac{TP}{TP + FP}",
        "Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, section 8.3",
    ),
    "calibration error": Term(
        "How far the network's confidence is from its accuracy: rows are grouped by how sure it is, and the gaps "
        "between mean confidence and share of right answers are averaged. 0 means that of the rows with 80 % "
        "confidence 80 % are right.",
        r"\sum_b \frac{n_b}{n} |\text{acc}_b - \text{conf}_b|",
        "Guo et al. 2017, On calibration of modern neural networks, section 2",
    ),
    "R²": Term(
        "The share of the target's variance that the network explains: 1 is perfect, 0 is as good as always answering "
        "the mean. Below 0 the mean would be the better answer.",
        r"R^2 = 1 - \sum_i (y_i - \hat y_i)^2 / \sum_i (y_i - \bar y)^2",
        "James et al. 2013, An Introduction to Statistical Learning, section 3.1.3",
    ),
    "absolute error": Term(
        "How far the prediction is off on average, in the unit of the target as the network sees it. "
        "Unlike the squared error it is not ruled by a few very wrong rows.",
        r"\frac{1}{n}\sum_i |y_i - \hat y_i|",
        "Hastie, Tibshirani & Friedman 2009, section 10.6",
    ),
    "generalization gap": Term(
        "How much worse the network does on rows kept out of training than on those it learned from. "
        "A gap that widens while the training loss still falls means that it learns the rows by heart (overfitting).",
        r"\ell_{\text{validation}} - \ell_{\text{training}}",
        "Goodfellow, Bengio & Courville 2016, section 5.2",
    ),
    "confusion matrix": Term(
        "Each row is a true class, each column what the network answered; a cell is the share of that row. "
        "Right answers lie on the diagonal, and a bright cell beside it names two classes that it confuses.",
        "",
        "James et al. 2013, An Introduction to Statistical Learning, section 4.4.3",
    ),
    "decision surface": Term(
        "What the network answers at every point of the plane, not only where there is a row. "
        "Where the colour changes lies the border between the classes; far from any row the answer is a guess.",
        r"p(y \mid x_1, x_2)",
        "Bishop 2006, chapter 4",
    ),
    "seed": Term(
        "The number from which a network's initial weights and batch orders are drawn. "
        "Several seeds trained side by side show which differences are chance: the band is their standard deviation.",
        "",
        "Bouthillier et al. 2021, Accounting for variance in machine learning benchmarks",
    ),
    "validation": Term(
        "Rows kept out of training, on which the network is measured while it learns. "
        "When the training loss falls and the validation loss rises, the network learns the rows by heart.",
        "",
        "Goodfellow, Bengio & Courville 2016, section 5.3",
    ),
}
